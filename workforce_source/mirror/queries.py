"""Queries on the tables of one organization, streamed in ranges.

Only reading. What is asked, and what it means, is in `memory.py`.
"""

from collections.abc import Collection, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import datetime
from itertools import islice
from typing import Any, Final, TypeVar

import dlt
from dlt.destinations.exceptions import DatabaseException, DatabaseUndefinedRelation

from workforce_source import clock
from workforce_source.destination import Connection, connect, connection_to
from workforce_source.exceptions import DestinationError
from workforce_source.tables import TABLE_BY_NAME, TABLES, Table

RANGE: Final = 50_000
"""Rows in one result; psycopg2 buffers a whole result, so none may be larger."""
VALUES_A_QUERY: Final = 500
"""Values in one IN list, below the parameter limits of the warehouses dlt knows."""
T = TypeVar("T")


class Queries:
    """Asks the tables of one organization; a table that is not there has no rows.

    Args:
        pipeline: The pipeline whose destination and dataset hold the tables; without one there
            are none.
        organization_id: The organization; rows of others are never touched.
        emptied: Tables the load package at hand drops or truncates: they count as empty.
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
        self.lacking: dict[str, list[str]] = {}
        """Columns that tables of an earlier release do not have yet, as far as they were read."""
        self._open: ExitStack | None = None
        self._connection: Connection | None = None
        self._made: Connection | None = None

    @contextmanager
    def connect(self) -> Iterator[None]:
        """Let the reads within share one connection; without a read there is none.

        Raises:
            ConfigError: The destination cannot be queried with SQL.
            DestinationError: It cannot be reached or read.
        """
        self.missing.clear()
        if self._open is not None:
            yield
            return
        try:
            with ExitStack() as self._open:
                yield
        finally:
            self._open = self._connection = None

    def ranges(self, table: Table, names: tuple[str, ...]) -> Iterator[tuple[Any, ...]]:
        """Get columns of every row, in the order of the key.

        Args:
            table: The table.
            names: The columns, the first of the table's key among them.
        """
        # Ranges of the first key column: a row of the range's last key may lie past its end, so
        # that key is read again with the next range unless the table is at its end.
        columns, order = self.columns(names), self.columns(table.key)
        first = self.column(table.key[0])
        position, size = names.index(table.key[0]), RANGE
        start: str | None = None
        while True:
            past = f" AND {first} > %s" if start is not None else ""
            known = [start] if start is not None else []
            rows = list(self.rows(table, columns, f"{past} ORDER BY {order} LIMIT {size}", known))
            if len(rows) < size:
                yield from rows
                return
            last = rows[-1][position]
            whole = [row for row in rows if row[position] != last]
            if not whole:
                size *= 2
                continue
            yield from whole
            start = whole[-1][position]

    def rows_with(
        self,
        table: Table,
        names: tuple[str, ...],
        column: str,
        values: Collection[str],
        more: str = "",
        parameters: tuple[str, ...] = (),
    ) -> Iterator[tuple[Any, ...]]:
        """Get columns of the rows in which a column has one of some values.

        Args:
            table: The table.
            names: The columns to get.
            column: The column that has one of `values`.
            values: The values; without any, nothing is asked.
            more: A further condition, beginning with ` AND `.
            parameters: What stands for `%s` in it.
        """
        for chunk in chunks(values, VALUES_A_QUERY):
            one_of = f" AND {self.column(column)} IN ({', '.join(['%s'] * len(chunk))})"
            yield from self.rows(table, self.columns(names), more + one_of, [*parameters, *chunk])

    def rows(
        self, table: Table, what: str, more: str = "", parameters: Collection[Any] = ()
    ) -> Iterator[tuple[Any, ...]]:
        """Get something of the organization's rows of a table.

        Args:
            table: The table.
            what: What is selected.
            more: What follows the condition that the rows are the organization's.
            parameters: What stands for `%s` in it.
        """
        mine = f"{self.column('organization_id')} = %s"
        return self.select(table.name, what, mine + more, [self._organization_id, *parameters])

    def select(
        self,
        name: str,
        what: str,
        condition: str,
        parameters: Collection[Any] = (),
        most: int | None = None,
    ) -> Iterator[tuple[Any, ...]]:
        """Get something of a table, whoever's its rows are.

        Args:
            name: The table.
            what: What is selected.
            condition: What follows WHERE, with `%s` where a parameter stands.
            parameters: The parameters, in order.
            most: Get no more rows than so many; all unless given.

        Raises:
            DestinationError: The table is there and could not be read.
        """
        if name in self.emptied or name in self.missing or self._pipeline is None:
            return
        connection = self._connected()
        query = f"SELECT {what} FROM {self._whole(name)} WHERE {condition}"
        try:
            yield from connection.rows(query, *parameters, most=most)
        except DatabaseUndefinedRelation:
            self.missing.add(name)
        except DatabaseException as error:
            if name not in self.lacking and name in TABLE_BY_NAME:
                self.lacking[name] = connection.lacking(name, _columns(TABLE_BY_NAME[name]))
                if self.lacking[name]:
                    yield from self.select(name, what, condition, parameters, most)
                    return
            raise DestinationError(
                f"The table {name} could not be read from the destination"
                f" ({type(error.__cause__ or error).__name__}). Nothing was read or written;"
                " check that the destination is up and that you may read the dataset, then run"
                " again."
            ) from None

    @property
    def outdated(self) -> frozenset[str]:
        """Tables that lack columns, or of whose columns dlt does not know."""
        connection = None if self._pipeline is None else self._connected()
        unknown = {
            table.name
            for table in TABLES
            if connection is not None and connection.unknown(table.name, _columns(table))
        }
        return frozenset({name for name, lacks in self.lacking.items() if lacks} | unknown)

    def _whole(self, name: str) -> str:
        """Get a table, or what stands for it where columns are null that it lacks."""
        connection = self._connected()
        table = connection.table(name)
        if not (lacks := self.lacking.get(name)):
            return table
        nulls = ", ".join(f"NULL AS {connection.column(column)}" for column in lacks)
        return f"(SELECT *, {nulls} FROM {table}) AS completed"

    def column(self, name: str) -> str:
        """Get a column's name as it stands in a query."""
        return name if self._pipeline is None else self._connected().column(name)

    def columns(self, names: Iterable[str]) -> str:
        """Get columns' names as they stand in a query, with commas."""
        return ", ".join(map(self.column, names))

    def _connected(self) -> Connection:
        if self._open is None or self._pipeline is None:
            raise DestinationError("The destination was read outside of a connection.")
        if self._connection is None:
            self._made = self._made or connection_to(self._pipeline)
            self._connection = self._open.enter_context(connect(self._made))
        return self._connection


def _columns(table: Table) -> Iterator[str]:
    yield from (column.name for column in table.all_columns)
    yield "_dlt_load_id"


def in_utc(value: Any) -> Any:
    """Get a datetime in UTC, anything else as it is."""
    return clock.in_utc(value) if isinstance(value, datetime) else value


def chunks(items: Iterable[T], size: int) -> Iterator[list[T]]:
    """Cut items into lists of at most `size`."""
    left = iter(items)
    while chunk := list(islice(left, size)):
        yield chunk
