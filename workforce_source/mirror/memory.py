"""What the destination holds: keys, hashes and reads, streamed in ranges; whole rows by key.

Only reading, through dlt's `sql_client`. No HTTP, and no verdict on what changed.
"""

from collections.abc import Collection, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

import dlt
from dlt.common.destination.exceptions import SqlClientNotAvailable
from dlt.common.schema import Schema
from dlt.destinations.exceptions import DatabaseException, DatabaseUndefinedRelation
from dlt.destinations.sql_client import SqlClientBase

from workforce_source import tables as t
from workforce_source.exceptions import ConfigError, DestinationError
from workforce_source.freshness import Read
from workforce_source.mirror.difference import Held
from workforce_source.settings import SECTION
from workforce_source.tables import Key, Row, Table

RANGE: Final = 50_000
"""Rows fetched at once; psycopg2 buffers a whole result, so no result may be larger."""
KEYS_A_QUERY: Final = 500
"""Keys in one IN list, below the parameter limits of the warehouses dlt knows."""


@dataclass
class BadgeRead:
    """One row of `badge_reads`: the read itself, its status and the HTTP status with it."""

    read: Read
    status: str
    http_status: int | None = None


class Memory:
    """Reads the mirror of one organization.

    Args:
        pipeline: The pipeline whose destination and dataset hold the mirror; without one
            nothing is held.
        organization_id: The organization; rows of others are never touched.
        emptied: Tables the load package at hand drops or truncates: they count as empty.

    Raises:
        ConfigError: The destination cannot be queried with SQL.
    """

    def __init__(
        self,
        pipeline: dlt.Pipeline | None,
        organization_id: str,
        emptied: Collection[str] = (),
    ) -> None:
        self._pipeline = pipeline
        self._organization_id = organization_id
        self.emptied = frozenset(emptied)
        self.missing: set[str] = set()
        """Tables the destination does not have, as far as they were asked for."""
        self._connection: ExitStack | None = None
        self._client: SqlClientBase[Any] | None = None
        self._schema: Schema | None = None

    @contextmanager
    def connected(self) -> Iterator[None]:
        """Let the reads within share one connection; without a read there is none.

        Raises:
            ConfigError: The destination cannot be queried with SQL.
            DestinationError: It cannot be reached or read.
        """
        self.missing.clear()
        if self._connection is not None or self._pipeline is None:
            yield
            return
        try:
            with ExitStack() as self._connection:
                yield
        except SqlClientNotAvailable:
            raise ConfigError(
                f"The destination {self._pipeline.destination.destination_name} cannot be queried"
                " with SQL, so nothing can be compared with it. Choose a SQL destination, such as"
                " duckdb, postgres, snowflake, bigquery, databricks or redshift."
            ) from None
        finally:
            self._connection = self._client = None

    def _connect(self) -> None:
        if self._client is not None or self._connection is None or self._pipeline is None:
            return
        name = SECTION if SECTION in self._pipeline.schema_names else None
        opening: Any = self._pipeline.sql_client(name or "")
        self._client = self._connection.enter_context(opening)
        self._schema = self._pipeline.schemas[name] if name else Schema(SECTION)

    def first_load(self) -> bool:
        """Tell whether no load of this source was ever completed here, or all is dropped now."""
        if self.emptied:
            return True
        query = f"SELECT 1 FROM {self._name('_dlt_loads')} WHERE {self._column('schema_name')} = %s"
        rows = self._fetch("_dlt_loads", f"{query} AND {self._column('status')} = 0", [SECTION], 1)
        return next(rows, None) is None

    def look_for(self, table: Table) -> None:
        """Add the table to `missing` when the destination does not have it."""
        for _ in self._fetch(table.name, f"SELECT 1 FROM {self._name(table.name)} WHERE 1 = 0", []):
            break

    def gone(self, table: Table) -> set[Key]:
        """Get the keys of rows that were removed and are still there."""
        columns = ", ".join(self._column(name) for name in table.key)
        query = f"SELECT {columns} FROM {self._name(table.name)} WHERE {self._mine()}"
        removed = f" AND {self._column('removed_at')} IS NOT NULL"
        return set(self._fetch(table.name, query + removed, [self._organization_id]))

    def held(self, table: Table) -> Held:
        """Get the keys and hashes of a table."""
        held = Held()
        for row in self._ranges(table, (*table.key, "row_hash", "removed_at")):
            _keep(held, row, len(table.key))
        return held

    def held_by(self, table: Table, ids: Collection[str]) -> Held:
        """Get the keys and hashes of the rows whose first key column is one of `ids`."""
        held = Held()
        for row in self._by_first_key(table, (*table.key, "row_hash", "removed_at"), ids):
            _keep(held, row, len(table.key))
        return held

    def rows(self, table: Table, keys: Collection[Key]) -> dict[Key, Row]:
        """Get whole rows by key."""
        names = tuple(column.name for column in table.all_columns)
        wanted = set(keys)
        found: dict[Key, Row] = {}
        for values in self._by_first_key(table, names, {key[0] for key in wanted}):
            row = dict(zip(names, values, strict=True))
            if (key := table.key_of(row)) in wanted:
                found[key] = {name: in_utc(value) for name, value in row.items()}
        return found

    def counts(self, table: Table) -> dict[str, int]:
        """Count the live rows of a table by its first key column."""
        first, removed = self._column(table.key[0]), self._column("removed_at")
        query = (
            f"SELECT {first}, COUNT(*) FROM {self._name(table.name)} WHERE {self._mine()}"
            f" AND {removed} IS NULL GROUP BY {first}"
        )
        return dict(self._fetch(table.name, query, [self._organization_id]))

    def profile_badge_counts(self) -> dict[str, int]:
        """Get how many badges each live profile says there are."""
        return self._numbers(t.EMPLOYEE_PROFILES, "badge_count")

    def template_skill_counts(self) -> dict[str, int]:
        """Get how many skills each live template says there are."""
        return self._numbers(t.BADGE_TEMPLATES, "skill_count")

    def template_holders(self) -> dict[str, str]:
        """Get one employee for each badge template that a live badge names."""
        template, employee = self._column("badge_template_id"), self._column("employee_id")
        query = (
            f"SELECT {template}, MIN({employee}) FROM {self._name(t.EMPLOYEE_BADGES.name)} WHERE"
            f" {self._mine()} AND {self._column('removed_at')} IS NULL AND {template} IS NOT NULL"
            f" GROUP BY {template}"
        )
        return dict(self._fetch(t.EMPLOYEE_BADGES.name, query, [self._organization_id]))

    def badge_reads(self) -> dict[str, BadgeRead]:
        """Get the reads of all employees; a read counts only when its load was completed."""
        complete = self._complete_loads()
        names = ("employee_id", "badges_read_at", "attempted_at", "read_status", "http_status")
        reads: dict[str, BadgeRead] = {}
        others = ("state_stamp", "baseline", "load_id", "removed_at")
        for row in self._ranges(t.BADGE_READS, (*names, *others)):
            employee_id, read_at, attempted_at, status, http_status, *rest = row
            stamp, baseline, load_id, removed = rest
            if removed is not None:
                continue
            counts = load_id in complete
            reads[employee_id] = BadgeRead(
                Read(
                    in_utc(read_at) if counts else None,
                    in_utc(attempted_at) if counts and status == "unreadable" else None,
                    in_utc(stamp),
                    bool(baseline) and (status == "waiting" or not counts),
                ),
                status if counts else "waiting",
                http_status,
            )
        return reads

    def newest_version(self, table: Table) -> datetime | None:
        """Get the newest `changed_at` of a table's rows."""
        query = f"SELECT MAX({self._column('changed_at')}) FROM {self._name(table.name)}"
        found = self._fetch(table.name, f"{query} WHERE {self._mine()}", [self._organization_id])
        newest: datetime | None = in_utc(next(found, (None,))[0])
        return newest

    def newest_changes(self, table: Table, row_keys: Collection[str]) -> dict[str, Row]:
        """Get the newest entry in `changes` of each of the rows, by `row_key`."""
        names = ("row_key", "previous_changed_at", "changed_at", "change")
        newest: dict[str, Row] = {}
        for chunk in chunks(row_keys, KEYS_A_QUERY):
            columns = ", ".join(self._column(name) for name in names)
            query = (
                f"SELECT {columns} FROM {self._name(t.CHANGES.name)} WHERE {self._mine()} AND"
                f" {self._column('table_name')} = %s AND {self._column('row_key')} IN"
                f" ({', '.join(['%s'] * len(chunk))})"
            )
            for values in self._fetch(
                t.CHANGES.name, query, [self._organization_id, table.name, *chunk]
            ):
                entry = {n: in_utc(v) for n, v in zip(names, values, strict=True)}
                known = newest.get(entry["row_key"])
                if known is None or known["changed_at"] < entry["changed_at"]:
                    newest[entry["row_key"]] = entry
        return newest

    def _complete_loads(self) -> set[str]:
        query = f"SELECT {self._column('load_id')} FROM {self._name('_dlt_loads')}"
        rows = self._fetch("_dlt_loads", f"{query} WHERE {self._column('status')} = 0", [])
        return {load_id for (load_id,) in rows}

    def _numbers(self, table: Table, name: str) -> dict[str, int]:
        rows = self._ranges(table, (table.key[0], name, "removed_at"))
        return {key: number or 0 for key, number, removed in rows if removed is None}

    def _ranges(self, table: Table, names: tuple[str, ...]) -> Iterator[tuple[Any, ...]]:
        # Ranges of the first key column: a row of the range's last key may lie past its end, so
        # that key is read again with the next range unless the table is at its end.
        columns = ", ".join(self._column(name) for name in names)
        first = self._column(table.key[0])
        order = ", ".join(self._column(name) for name in table.key)
        position, size = names.index(table.key[0]), RANGE
        start: str | None = None
        while True:
            past = f" AND {first} > %s" if start is not None else ""
            rows = list(
                self._fetch(
                    table.name,
                    f"SELECT {columns} FROM {self._name(table.name)} WHERE {self._mine()}{past}"
                    f" ORDER BY {order} LIMIT {size}",
                    [self._organization_id, *([start] if start is not None else [])],
                )
            )
            if len(rows) < size:
                yield from rows
                return
            last = rows[-1][position]
            whole = rows if len(table.key) == 1 else [r for r in rows if r[position] != last]
            if not whole:
                size *= 2
                continue
            yield from whole
            start = whole[-1][position]

    def _by_first_key(
        self, table: Table, names: tuple[str, ...], ids: Collection[str]
    ) -> Iterator[tuple[Any, ...]]:
        for chunk in chunks(ids, KEYS_A_QUERY):
            columns = ", ".join(self._column(name) for name in names)
            yield from self._fetch(
                table.name,
                f"SELECT {columns} FROM {self._name(table.name)} WHERE {self._mine()} AND"
                f" {self._column(table.key[0])} IN ({', '.join(['%s'] * len(chunk))})",
                [self._organization_id, *chunk],
            )

    def _fetch(
        self, name: str, query: str, parameters: list[Any], most: int | None = None
    ) -> Iterator[tuple[Any, ...]]:
        if name in self.emptied or name in self.missing or self._pipeline is None:
            return
        if self._client is None:
            raise DestinationError("The destination was read outside of a connection.")
        try:
            with self._client.execute_query(query, *parameters) as cursor:
                while rows := cursor.fetchmany(most or RANGE):
                    yield from rows
                    if most:
                        return
        except DatabaseUndefinedRelation:
            self.missing.add(name)
        except DatabaseException as error:
            raise DestinationError(
                f"The table {name} could not be read from the destination"
                f" ({type(error.__cause__ or error).__name__}). Nothing was read or written;"
                " check that the destination is up and that you may read the dataset, then run"
                " again."
            ) from None

    def _name(self, table_name: str) -> str:
        self._connect()
        if self._client is None or self._schema is None:
            return table_name
        normalized = self._schema.naming.normalize_table_identifier(table_name)
        return self._client.make_qualified_table_name(normalized)

    def _column(self, name: str) -> str:
        self._connect()
        if self._client is None or self._schema is None:
            return name
        return self._client.escape_column_name(self._schema.naming.normalize_identifier(name))

    def _mine(self) -> str:
        return f"{self._column('organization_id')} = %s"


def _keep(held: Held, row: tuple[Any, ...], width: int) -> None:
    key = row[:width]
    if row[width + 1] is None:
        held.live[key] = row[width] or ""
    else:
        held.gone.add(key)


def in_utc(value: Any) -> Any:
    """Get a datetime in UTC, anything else as it is."""
    if not isinstance(value, datetime):
        return value
    return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def chunks(items: Iterable[str], size: int) -> Iterator[list[str]]:
    """Cut items into lists of at most `size`."""
    chunk: list[str] = []
    for item in items:
        chunk.append(item)
        if len(chunk) == size:
            yield chunk
            chunk = []
    if chunk:
        yield chunk
