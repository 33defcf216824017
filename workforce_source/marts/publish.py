"""Publishes the marts: one DuckDB file for BI tools, written aside and put in place in one step.

Which columns are personal is in `marts.toml`; whatever is not known to say nothing about a person
stays out unless asked for.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import dlt
import duckdb
import pyarrow as pa

from workforce_source import __version__
from workforce_source.destination.duckdb_file import STORAGE_VERSION
from workforce_source.exceptions import ConfigError, DestinationError
from workforce_source.marts.checks import CheckResult
from workforce_source.marts.definitions import COLUMNS, MARTS, SEEDS, SHAREABLE, Mart
from workforce_source.marts.dialect import Dialect
from workforce_source.marts.paths import database_of, files_of, refuse_input, require_place
from workforce_source.marts.replacing import replace_file
from workforce_source.marts.warehouse import SUFFIX, Relation, Warehouse, open_warehouse

_ABOUT: Final = {
    "": "What this file is.",
    "made_at": "When it was made.",
    "made_by": "What made it, and which version of it.",
    "as_of": "The UTC date the marts are made for.",
    "marts_schema": "The schema the marts are in; the views in `main` show them.",
    "has_people": "Whether names, e-mails and ids of people are in it.",
    "checks_failing": "How many checks marked error found something; null where none ran.",
}
"""What the table `about` and its columns are."""
_CHECKS: Final = {
    "": "What the checks of the data found when the file was made.",
    "name": "Short name of the check.",
    "severity": "`error`, `warn` or `info`.",
    "offenders": "How many there are; 0 is good.",
    "message": "What an offender is and what to do, to stand behind the number.",
}
"""What the table `checks` and its columns are."""
_KEYS: Final = {
    "": "What tells the rows of a mart apart, and where its columns lead.",
    "table_name": "The mart.",
    "kind": "`primary`: no two rows share these columns; `foreign`: they lead to a row elsewhere.",
    "columns": "The columns, in order.",
    "references_table": "The mart a foreign key leads to, by columns of the same names.",
    "is_complete": "Whether every row leads to one there; of days long past some do not.",
}
"""What the table `keys` and its columns are."""
_ROWS_AT_ONCE: Final = 50_000
_FOR_ALL: Final = 0o444
_FOR_ITS_WRITER: Final = 0o400
"""Permissions of a file that names people."""


@dataclass(frozen=True)
class _Table:
    """One table to publish."""

    schema: str
    name: str
    columns: tuple[str, ...]
    relation: Relation
    mart: Mart | None = None


def publish(
    pipeline: dlt.Pipeline,
    path: str | Path,
    *,
    include_people: bool = False,
    include_raw: bool = False,
    checks: Sequence[CheckResult] = (),
    now: datetime | None = None,
) -> Path:
    """Write the marts into a read-only DuckDB file that DuckDB 1.2 and newer opens.

    The file is complete when it appears: who has the old one open goes on reading it, and a publish
    that is stopped leaves the old one in place.

    Args:
        pipeline: The pipeline whose marts are built.
        path: The file to write or replace.
        include_people: Keep names, e-mails, zip codes, external ids and free text about people.
        include_raw: Add the raw tables, without such columns unless `include_people`, and seeds.
        checks: What the checks found, for the table `checks` of the file.
        now: When the file is made; the clock's unless given.

    Raises:
        ConfigError: The marts are not built, or the file is the destination's or a stranger's.
        DestinationError: The file cannot be written, or the destination refused.
    """
    path = Path(path)
    mode = _FOR_ITS_WRITER if include_people else _FOR_ALL
    with open_warehouse(pipeline) as warehouse:
        database = database_of(warehouse.connection.config)
        if database is not None:
            refuse_input(path, "The published file", {"the destination": files_of(database)})
        require_name(path, warehouse.path("raw")[-1])
        require_place(path, "The published file", "duckdb")
        tables = list(_chosen(warehouse, include_people=include_people, include_raw=include_raw))
        native = warehouse.client.native_connection
        inside = isinstance(native, duckdb.DuckDBPyConnection)
        try:
            with replace_file(path, mode=mode) as part:
                with _attached(native if inside else duckdb.connect(), part) as file:
                    for table in tables:
                        file.take(warehouse, table, inside=inside)
                    file.say_what_it_is(checks, now or datetime.now(UTC), people=include_people)
                    file.say_keys(tables)
                with duckdb.connect(str(part)) as own:
                    # by itself: a view keeps the name of the catalog it was made in
                    _show_in_main(own, tables, file.marts_schema)
        except (OSError, duckdb.Error) as error:
            raise DestinationError(
                f"The file {path.name} cannot be published ({type(error).__name__}). Is its folder"
                " there, writable and not full? The file that was there is unchanged."
            ) from error
    return path


def require_name(path: Path, dataset: str) -> None:
    """Make sure that a file can hold the schemas of a dataset.

    Raises:
        ConfigError: DuckDB names a catalog after its file, and so could not tell the two apart.
    """
    if path.stem in (dataset, f"{dataset}{SUFFIX}"):
        raise ConfigError(
            f"A file named {path.name} cannot hold the schema {path.stem}: to DuckDB"
            " the name before a table would mean both. Choose another name for the file."
        )


def _chosen(warehouse: Warehouse, *, include_people: bool, include_raw: bool) -> Iterator[_Table]:
    there = warehouse.relations("marts")
    missing = [mart.name for mart in MARTS if mart.name not in there]
    if missing:
        raise ConfigError(
            f"There are no marts to publish: {missing[0]} is missing. Build the marts first."
        )
    for mart in MARTS:
        columns = tuple(c.name for c in mart.columns if include_people or not c.personal)
        yield _Table("marts", mart.name, columns, there[mart.name], mart)
    if include_raw:
        for seed in SEEDS:
            if relation := there.get(seed.name):
                yield _Table("marts", seed.name, seed.column_names, relation, seed)
        raw = warehouse.relations("raw")
        for name, shareable in SHAREABLE.items():
            if relation := raw.get(warehouse.path("raw", name)[-1].lower()):
                kept = relation.columns if include_people else shareable
                columns = tuple(
                    c for c in relation.columns if c in kept and not c.startswith("_dlt")
                )
                yield _Table("raw", name, columns, relation)


class _File:
    """The database file being written, attached to a DuckDB connection."""

    alias = "published"

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self._connection = connection
        self._dialect = Dialect("duckdb", self._path)
        self._schemas: set[str] = set()

    def take(self, warehouse: Warehouse, table: _Table, *, inside: bool) -> None:
        """Copy one table with its comments.

        Args:
            warehouse: Where it is.
            table: The table and the columns to keep.
            inside: Whether the warehouse is this same connection.
        """
        source = warehouse.path(table.schema, table.name)
        schema = source[-2]
        if schema not in self._schemas:
            self._connection.execute(f"CREATE SCHEMA IF NOT EXISTS {_quoted(self.alias, schema)}")
            self._schemas.add(schema)
        path = self._path(schema, table.name)
        query = warehouse.dialect.read(source, table.columns)
        if inside:
            self._run(self._dialect.create("TABLE", path, query))
        else:
            columns = [(name, _plain(table.relation.columns[name])) for name in table.columns]
            self._run(self._dialect.create_empty(path, columns))
            self._copy(warehouse, warehouse.dialect.text(query), path, table.columns)
        if table.mart is not None:
            self._run(self._dialect.comment("TABLE", path, table.mart.description))
            for name in table.columns:
                self._run(self._dialect.comment("TABLE", path, COLUMNS[name].description, name))

    @property
    def marts_schema(self) -> str:
        """The schema the marts are in."""
        return next(schema for schema in self._schemas if schema.endswith(SUFFIX))

    def say_what_it_is(self, checks: Sequence[CheckResult], now: datetime, *, people: bool) -> None:
        """Write when the file was made, by which version, as of when, and what checks found."""
        day = self._connection.execute(
            f"SELECT max(as_of) FROM {_quoted(*self._path(self.marts_schema, 'dim_date'))}"  # noqa: S608 # our own words
        ).fetchone()
        failing = sum(check.failed for check in checks)
        about = _quoted(*self._path("main", "about"))
        self._connection.execute(
            f"CREATE TABLE {about} (made_at TIMESTAMPTZ, made_by VARCHAR, as_of DATE,"
            " marts_schema VARCHAR, has_people BOOLEAN, checks_failing INTEGER)"
        )
        self._connection.execute(
            f"INSERT INTO {about} VALUES (?, ?, ?, ?, ?, ?)",  # noqa: S608 # our own words
            [
                now,
                f"workforce_source {__version__}",
                day and day[0],
                self.marts_schema,
                people,
                failing if checks else None,
            ],
        )
        self._describe("about", _ABOUT)
        found = _quoted(*self._path("main", "checks"))
        self._connection.execute(
            f"CREATE TABLE {found} (name VARCHAR, severity VARCHAR, offenders BIGINT,"
            " message VARCHAR)"
        )
        for check in checks:
            self._connection.execute(
                f"INSERT INTO {found} VALUES (?, ?, ?, ?)",  # noqa: S608 # our own words
                [check.name, check.severity, check.offenders, check.message],
            )
        self._describe("checks", _CHECKS)

    def say_keys(self, tables: Sequence[_Table]) -> None:
        """Write what tells rows apart and where they lead, of the columns that are in the file."""
        keys = _quoted(*self._path("main", "keys"))
        self._connection.execute(
            f"CREATE TABLE {keys} (table_name VARCHAR, kind VARCHAR, columns VARCHAR[],"
            " references_table VARCHAR, is_complete BOOLEAN)"
        )
        there = {table.name: table for table in tables if table.mart is not None}
        for name, table in there.items():
            for kind, columns, other, complete in _keys_of(table, there):
                self._connection.execute(
                    f"INSERT INTO {keys} VALUES (?, ?, ?, ?, ?)",  # noqa: S608 # our own words
                    [name, kind, list(columns), other, complete],
                )
        self._describe("keys", _KEYS)

    def _describe(self, table: str, columns: Mapping[str, str]) -> None:
        path = self._path("main", table)
        for name, text in columns.items():
            self._run(self._dialect.comment("TABLE", path, text, name))

    def _copy(
        self, warehouse: Warehouse, query: str, path: Sequence[str], columns: tuple[str, ...]
    ) -> None:
        with warehouse.client.execute_query(query) as cursor:
            while rows := cursor.fetchmany(_ROWS_AT_ONCE):
                arrays = [pa.array(values) for values in zip(*rows, strict=True)]
                batch = pa.table(arrays, names=list(columns))
                self._connection.register("batch", batch)
                self._connection.execute(f"INSERT INTO {_quoted(*path)} FROM batch")
                self._connection.unregister("batch")

    def _path(self, schema: str, table: str) -> list[str]:
        return [self.alias, schema, table]

    def _run(self, statement: Any) -> None:
        self._connection.execute(self._dialect.text(statement))


def _keys_of(
    table: _Table, there: Mapping[str, _Table]
) -> Iterator[tuple[str, tuple[str, ...], str | None, bool]]:
    """Get the keys of a mart: kind, columns, where they lead, and whether all of them do."""
    if table.mart is None:
        return
    yield "primary", table.mart.key, None, True
    for other in dict.fromkeys(table.mart.references().values()):
        mart = there[other].mart if other in there else None
        if mart is not None and set(mart.key) <= set(table.columns):
            # of those who left, a snapshot still tells
            yield "foreign", mart.key, other, not table.mart.snapshot


def _show_in_main(
    connection: duckdb.DuckDBPyConnection, tables: Sequence[_Table], schema: str
) -> None:
    """Show the marts under their names alone, which is where people look first."""
    dialect = Dialect("duckdb", lambda _, name: ["main", name])
    for table in tables:
        if table.mart is None:
            continue
        path = ["main", table.name]
        connection.execute(f"CREATE VIEW {_quoted(*path)} AS FROM {_quoted(schema, table.name)}")
        said = [dialect.comment("VIEW", path, table.mart.description)]
        said += [dialect.comment("VIEW", path, COLUMNS[c].description, c) for c in table.columns]
        for comment in said:
            connection.execute(dialect.text(comment))


@contextmanager
def _attached(connection: duckdb.DuckDBPyConnection, part: Path) -> Iterator[_File]:
    """Get a new database file that older DuckDBs can read, attached; whole when left."""
    name = str(part).replace("'", "''")
    alias = _File.alias
    connection.execute(f"ATTACH '{name}' AS {alias} (STORAGE_VERSION '{STORAGE_VERSION}')")
    try:
        yield _File(connection)
        connection.execute(f"CHECKPOINT {alias}")
    finally:
        connection.execute(f"DETACH {alias}")


def _plain(data_type: str) -> str:
    """Get our name of a type from the destination's."""
    known = (
        ("timestamp", "timestamp"),
        ("datetime", "timestamp"),
        ("date", "date"),
        ("bool", "bool"),
        ("bit", "bool"),
        ("bigint", "bigint"),
        ("int", "bigint"),
        ("number", "double"),
        ("numeric", "decimal"),
        ("decimal", "decimal"),
        ("double", "double"),
        ("float", "double"),
    )
    return next((ours for theirs, ours in known if data_type.startswith(theirs)), "text")


def _quoted(*parts: str) -> str:
    return ".".join('"' + part.replace('"', '""') + '"' for part in parts)
