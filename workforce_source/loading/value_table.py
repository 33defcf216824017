"""What the guard of values remembers from run to run, as a table beside dlt's.

What may not be in here: which nulls are held back (see `sync/values.py`).
"""

from collections.abc import Callable
from typing import Any, Final

from workforce_source import __version__
from workforce_source.destination import Connection
from workforce_source.loading.own_table import OwnTable
from workforce_source.sync.values import Column, Columns

TABLE: Final = "workforce_values"
_COLUMNS: Final[dict[str, Any]] = {
    "organization_id": "text",
    "table_name": "text",
    "column_name": "text",
    "held": "bool",
    "since": "timestamp",
    "lost": "bigint",
    "rows_read": "bigint",
    "filled": "bigint",
    "nulled": "bigint",
    "version": "text",
}
_RELEASE: Final = ("", "")
"""Key of the row that says which release wrote last."""


class ValueTable:
    """What is remembered of one organization.

    Args:
        connection: To the dataset that has the table, closed.
        organization_id: The organization.

    Attributes:
        columns: What is remembered, to be changed in place.
        other_release: Whether another release of this package wrote last: what it made of answers
            may differ from what this one does.
    """

    def __init__(self, connection: Connection, organization_id: str) -> None:
        self._to, self._whose = connection, organization_id
        self._table = OwnTable(connection, TABLE, _COLUMNS)
        self.columns: Columns = {}
        self._stored: dict[tuple[str, str], tuple[Column, str]] = {}
        with connection.open():
            for row in self._table.rows(organization_id=organization_id):
                key = row["table_name"], row["column_name"]
                column = Column(
                    bool(row["held"]),
                    row["since"],
                    *(row[name] or 0 for name in ("lost", "rows_read", "filled", "nulled")),
                )
                self._stored[key] = column, row["version"]
        releases = {version for _, version in self._stored.values()}
        self.other_release = bool(releases) and releases != {__version__}
        self.columns.update({k: column for k, (column, _) in self._stored.items() if k != _RELEASE})

    def save(self, check: Callable[[], object]) -> None:
        """Write what changed, and which release did; nothing where nothing changed.

        Args:
            check: Called before anything is written.
        """
        self._write({_RELEASE: Column(), **self.columns}, check)

    def save_so_far(self, check: Callable[[], object], *, loaded: bool) -> None:
        """Write what changed while the run goes on: it may fail, and rows it read are not due then.

        Args:
            check: Called before anything is written.
            loaded: Whether the rows that were counted are loaded; what is held is remembered
                before, and what was let through only then.
        """
        columns = self.columns
        self._write({k: c for k, c in columns.items() if loaded or c.held}, check)

    def _write(self, wanted: Columns, check: Callable[[], object]) -> None:
        changed = {
            key: column
            for key, column in wanted.items()
            if self._stored.get(key) != (column, __version__)
        }
        if not changed:
            return
        check()
        with self._to.open():
            if not self._stored:
                self._table.create()
            for (table, name), column in changed.items():
                key = {
                    "organization_id": self._whose,
                    "table_name": table,
                    "column_name": name,
                }
                values = {
                    "held": column.held,
                    "since": column.since,
                    "lost": column.lost,
                    "rows_read": column.rows,
                    "filled": column.filled,
                    "nulled": column.nulled,
                    "version": __version__,
                }
                if (table, name) in self._stored:
                    self._table.change(values, **key)
                else:
                    self._table.insert(**key, **values)
                self._stored[table, name] = column, __version__
