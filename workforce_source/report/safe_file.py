"""Writes the report's figures as one DuckDB file, in which no person and no small group is.

The order of the steps only; what the tables hold is in `safe_tables.py`.
"""

from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, Literal

import dlt
import duckdb

from workforce_source.destination.duckdb_file import STORAGE_VERSION
from workforce_source.exceptions import ConfigError, DestinationError
from workforce_source.marts.paths import database_of, files_of, refuse_input, require_place
from workforce_source.marts.replacing import replace_file
from workforce_source.report.figures import Figures
from workforce_source.report.making import figures
from workforce_source.report.reading import HORIZON, read_facts
from workforce_source.report.safe_tables import TABLES, Cell, SafeTable
from workforce_source.report.sources import reading_pipeline
from workforce_source.small_groups import SMALL, Rule

_ABOUT: Final = SafeTable(
    "about",
    "What this file is, one row an organization.",
    {
        "made_at": ("TIMESTAMPTZ", "When it was made."),
        "has_people": ("BOOLEAN", "Whether anybody is in it: nobody is."),
        "small_groups": ("VARCHAR", "What is told of few people: `round` or `hide`."),
        "smallest_group": ("INTEGER", "Known people a group needs to have figures."),
    },
    lambda _: iter(()),
)


def write_safe_file(
    pipeline: dlt.Pipeline,
    path: str | Path,
    *,
    organizations: Iterable[str | None] = (None,),
    small_groups: Literal["round", "hide"] = "round",
    smallest_group: int = SMALL,
    horizon: int = HORIZON,
    is_loaded: bool = False,
    now: datetime | None = None,
) -> Path:
    """Write the figures of the report into a DuckDB file that DuckDB 1.2 and newer opens.

    It has what the report of the same day has, and nothing else: numbers to the nearest five, no
    group of fewer than five known people, and nothing from which one could be worked out
    (docs/report.md). Who has both learns no more than from either.

    Args:
        pipeline: The pipeline whose marts are built.
        path: The file to write or replace; it is complete when it appears.
        organizations: The organizations; None for the only one.
        small_groups: `round`, or `hide`, which also keeps whether fewer than five are any.
        smallest_group: Groups with fewer known people have no figures; 5 or more.
        horizon: How many days ahead to look for what ends.
        is_loaded: The organizations are loaded for certain, as for `write_report`.
        now: When the file is made; the clock's unless given.

    Raises:
        ConfigError: The marts are not built, the organization has to be named, a setting cannot be,
            or the file is the destination's or a stranger's.
        DestinationError: The file cannot be written, or the destination refused.
    """
    path = Path(path)
    rule = Rule(small_groups, smallest_group)
    if rule.exact:
        raise ConfigError("A file for everybody cannot show small groups: choose round or hide.")
    database = database_of(pipeline.destination_client().config)
    if database is not None:
        refuse_input(path, "The safe file", {"the destination": files_of(database)})
    require_place(path, "The safe file", "duckdb")
    with reading_pipeline(pipeline) as (ask, _):
        made = []
        for one in organizations:
            facts = read_facts(ask, one, with_names=False, horizon=horizon, is_loaded=is_loaded)
            made.append(figures(facts, rule))
    try:
        # who may read it, may read all of it
        with replace_file(path, mode=0o444) as part:
            _write(part, made, rule, now or datetime.now(UTC))
    except (OSError, duckdb.Error) as error:
        raise DestinationError(
            f"The file {path.name} cannot be written ({type(error).__name__}). Is its folder there,"
            " writable and not full? The file that was there is unchanged."
        ) from error
    return path


def _write(part: Path, made: list[Figures], rule: Rule, now: datetime) -> None:
    name = str(part).replace("'", "''")
    with duckdb.connect() as connection:
        connection.execute(f"ATTACH '{name}' AS safe (STORAGE_VERSION '{STORAGE_VERSION}')")
        connection.execute("USE safe")
        about = (now, False, rule.mode, rule.least)
        _fill(connection, _ABOUT, [(one.organization_id, one.as_of, *about) for one in made])
        for table in TABLES:
            _fill(connection, table, [row for one in made for row in table.filled(one)])
        connection.execute("CHECKPOINT safe")
        connection.execute("USE memory")
        connection.execute("DETACH safe")


def _fill(
    connection: duckdb.DuckDBPyConnection, table: SafeTable, rows: list[tuple[Cell, ...]]
) -> None:
    columns = table.all_columns
    spelled = ", ".join(f"{name} {type_}" for name, (type_, _) in columns.items())
    connection.execute(f"CREATE TABLE {table.name} ({spelled})")
    if rows:
        marks = ", ".join("?" for _ in columns)
        connection.executemany(f"INSERT INTO {table.name} VALUES ({marks})", rows)  # noqa: S608 # our own words
    said = {f"TABLE {table.name}": table.description}
    said |= {f"COLUMN {table.name}.{name}": meaning for name, (_, meaning) in columns.items()}
    for what, text in said.items():
        quoted = text.replace("'", "''")
        connection.execute(f"COMMENT ON {what} IS '{quoted}'")
