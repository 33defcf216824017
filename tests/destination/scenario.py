"""One organization in one destination, from the first load to the marts; what came of each step.

Whatever is not as it should be ends it. Which destination it is, is not known here.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from functools import partial
from importlib.metadata import version
from typing import Any

import dlt
import psycopg2
import pytest

from tests.destination.engines import Engine
from tests.marts import raw
from tests.sync.test_histories_postgres import HistoryOnPostgres, as_copied
from tests.tools.compare import differences, tables_of
from tests.tools.histories import ALL_DATA, History
from tests.tools.killed import Child, Point
from workforce_source.exceptions import Locked
from workforce_source.marts import MARTS, build_marts
from workforce_source.sandbox.churn import KINDS
from workforce_source.tables import TABLES

STEPS = ("first load", "changes", "kills", "soft deletions", "two runs", "marts")
PEOPLE = 24
_KILLS = (20, 60, 110)
"""Changes of files in dlt's folder of a package, at which a load is killed: staging, merges."""


def play(engine: Engine, url: str, dataset: str) -> dict[str, str]:
    """Get what came of each step, in a few words that are the same each time.

    Args:
        engine: The destination.
        url: Address of a PostgreSQL.
        dataset: Name of a dataset nobody else has.
    """
    kind = HistoryOnPostgres if engine.null_texts else History
    history = kind(PEOPLE, 5, destination=lambda folder: engine.make(folder, url), dataset=dataset)
    make = partial(engine.make, history.folder, url)
    try:
        return {
            "first load": _first(history),
            "changes": _changes(history),
            "kills": _kills(history, make, dataset),
            "soft deletions": _soft(history),
            "two runs": _two_runs(history),
            "marts": _marts(history, engine),
        }
    finally:
        _drop(history)
        history.close()


def versioned(engine: Engine, url: str) -> str:
    """The name of a destination with the version it is run with."""
    number = version("duckdb")
    if engine.server:
        with psycopg2.connect(url) as connection, connection.cursor() as cursor:
            cursor.execute("SHOW server_version")
            number = str(cursor.fetchone()[0]).split()[0]
    name, _, more = engine.name.partition(", ")
    return f"{name} by DuckDB {number}, {more}" if more else f"{name} {number}"


def _run(history: History) -> None:
    """One run, and everything the contract says of it."""
    history.run(badge_max_age="0", allow_removals=True)


def _load(history: History) -> None:
    """One run, and every row: who was killed may have read templates nobody holds any more."""
    history.clock.advance(60)
    assert history.load(badge_max_age="0", allow_removals=True).exit_code == 0
    truth = history.sandbox.truth()
    if isinstance(history, HistoryOnPostgres):
        truth = {name: as_copied(rows) for name, rows in truth.items()}
    found = differences(history.pipeline(), truth)
    assert not found, "\n".join(found[:20])


def _first(history: History) -> str:
    _run(history)
    history.run_again_at_once()
    return f"{_rows(history)} rows equal"


def _changes(history: History) -> str:
    for _ in range(2):
        history.sandbox.churn(dict.fromkeys(KINDS, 2))
        _run(history)
    return f"{_rows(history)} rows equal"


def _kills(history: History, make: Callable[[], Any], dataset: str) -> str:
    settings = {**history.settings, "badge_max_age": "0", "allow_removals": True}
    killed = 0
    for number in _KILLS:
        history.sandbox.churn(dict.fromkeys(KINDS, 2))
        history.clock.advance(60)
        child = replace(Child.of(history, dataset=dataset, settings=settings), make=make)
        code, said = child.run(Point(number, r"^/histories/load/normalized"))
        assert code in (0, -9), said
        killed += code != 0
    assert killed == len(_KILLS), f"only {killed} loads were killed"
    _load(history)
    return f"{killed} of {killed} healed"


def _soft(history: History) -> str:
    history.settings["deletions"] = "soft"
    history.sandbox.churn(dict.fromkeys(("deletions", "vanished_badges", "vanished_external"), 2))
    _load(history)
    live = history.data()
    kept = tables_of(history.pipeline(), ALL_DATA, live=False)
    removed = sum(len(kept[name]) - len(rows) for name, rows in live.items())
    assert removed > 0
    return f"{removed} rows kept"


def _two_runs(history: History) -> str:
    def tell(sql: str) -> None:
        with history.pipeline().sql_client() as client:
            name = client.make_qualified_table_name("workforce_leases")
            client.execute_sql(f"UPDATE {name} SET {sql}")

    tell("holder = 'somebody', expires = TIMESTAMPTZ '2100-01-01'")
    with pytest.raises(Locked):
        history.load(wait_for_lease=0.0)
    tell("expires = renewed")
    _load(history)
    return "one waits"


def _marts(history: History, engine: Engine) -> str:
    """Make the marts there, and in DuckDB of the same rows; compare all of them."""
    pipeline, day = history.pipeline(), history.clock.now.date()
    reference = dlt.pipeline(
        "reference",
        destination=dlt.destinations.duckdb(str(history.folder / "reference.duckdb")),
        dataset_name="credly",
        pipelines_dir=str(history.folder / "reference"),
    )
    held = tables_of(pipeline, [table.name for table in TABLES], live=False)
    raw.write(reference, {name: list(rows.values()) for name, rows in held.items()})
    for each in (pipeline, reference):
        build_marts(each, as_of=day, today=day)
    for mart in MARTS:
        there, here = (_mart(each, mart.name, mart.column_names) for each in (pipeline, reference))
        assert there == here, f"{mart.name} differs: {[*{*there} ^ {*here}][:2]}"
    return f"{len(MARTS)} equal DuckDB's"


def _mart(pipeline: dlt.Pipeline, name: str, columns: tuple[str, ...]) -> list[str]:
    with pipeline.sql_client() as client:
        path = client.make_qualified_table_name_path(
            name, quote=True, dataset_name=f"{pipeline.dataset_name}_marts"
        )
        found = client.execute_sql(f"SELECT {', '.join(columns)} FROM {'.'.join(path)}")
    return sorted(repr([_plain(value) for value in row]) for row in found or ())


def _plain(value: Any) -> Any:
    """A value as every driver might give it."""
    if isinstance(value, datetime):
        return value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC)
    return round(float(value), 9) if isinstance(value, float | Decimal) else value


def _rows(history: History) -> int:
    return sum(map(len, history.data().values()))


def _drop(history: History) -> None:
    with history.pipeline().sql_client() as client:
        for name in (client.dataset_name, f"{client.dataset_name}_marts"):
            with client.with_alternative_dataset_name(name):
                if client.has_dataset():
                    client.drop_dataset()
