"""A table of our own beside dlt's: made, read and changed by statements that every warehouse has.

dlt's load packages know nothing of it, so that a run in which no data changed writes none.

What may not be in here: which tables there are, and what they are for.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from dlt.destinations.exceptions import DatabaseUndefinedRelation

from workforce_source.destination import Connection
from workforce_source.mirror.queries import in_utc

ROWS_AT_ONCE: Final = 200
"""Rows of a statement: warehouses bound the values one may have."""


@dataclass(frozen=True)
class OwnTable:
    """A table by its columns; to be used while its connection is open.

    Attributes:
        to: The connection to the dataset it is in.
        name: Its name.
        columns: dlt data types by column name.
    """

    to: Connection
    name: str
    columns: Mapping[str, Any]

    def create(self) -> None:
        """Make the table, where there is none."""
        columns = ", ".join(map(self._defined, self.columns))
        self.to.execute(f"CREATE TABLE IF NOT EXISTS {self.to.table(self.name)} ({columns})")

    def complete(self) -> bool:
        """Add the columns that a table of an earlier release lacks; get whether there were any."""
        lacking = self.to.lacking(self.name, self.columns)
        for column in lacking:
            self.to.execute(
                f"ALTER TABLE {self.to.table(self.name)} ADD COLUMN {self._defined(column)}"
            )
        return bool(lacking)

    def rows(self, **only: Any) -> Iterator[dict[str, Any]]:
        """Get the rows that have some values, times in UTC; none where there is no table."""
        columns = self.to.columns(self.columns)
        found = self.to.rows(
            f"SELECT {columns} FROM {self.to.table(self.name)} WHERE {self._equal(only, ' AND ')}",
            *only.values(),
        )
        try:
            for row in found:
                yield dict(zip(self.columns, map(in_utc, row), strict=True))
        except DatabaseUndefinedRelation:
            return

    def insert(self, **values: Any) -> None:
        """Add a row; columns without a value are null."""
        self.to.execute(
            f"INSERT INTO {self.to.table(self.name)} ({self.to.columns(values)})"
            f" VALUES ({', '.join(['%s'] * len(values))})",
            *values.values(),
        )

    def insert_all(self, rows: Sequence[Mapping[str, Any]]) -> None:
        """Add rows that have the same columns, many in a statement."""
        for start in range(0, len(rows), ROWS_AT_ONCE):
            part = rows[start : start + ROWS_AT_ONCE]
            marks = f"({', '.join(['%s'] * len(part[0]))})"
            self.to.execute(
                f"INSERT INTO {self.to.table(self.name)} ({self.to.columns(part[0])})"
                f" VALUES {', '.join([marks] * len(part))}",
                *(value for row in part for value in row.values()),
            )

    def change(self, values: Mapping[str, Any], **only: Any) -> None:
        """Write values into the rows that have these others."""
        self.to.execute(
            f"UPDATE {self.to.table(self.name)} SET {self._equal(values, ', ')}"
            f" WHERE {self._equal(only, ' AND ')}",
            *values.values(),
            *only.values(),
        )

    def delete(self, **only: Any) -> None:
        """Remove the rows that have some values."""
        self.to.execute(
            f"DELETE FROM {self.to.table(self.name)} WHERE {self._equal(only, ' AND ')}",
            *only.values(),
        )

    def _defined(self, column: str) -> str:
        types = self.to.client.capabilities.get_type_mapper()
        kind: Any = self.columns[column]
        of = types.to_destination_type({"name": column, "data_type": kind}, {"name": self.name})
        return f"{self.to.column(column)} {of}"

    def _equal(self, values: Mapping[str, Any], between: str) -> str:
        return between.join(f"{self.to.column(name)} = %s" for name in values)
