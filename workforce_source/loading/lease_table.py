"""The table of leases in a dataset: made, read and changed, a row for each organization.

Written by SQL beside dlt, whose own tables and load packages know nothing of it.

What may not be in here: who may take a lease, and when it is lost.
"""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from dlt.common.exceptions import DltException
from dlt.destinations.exceptions import (
    DatabaseException,
    DatabaseUndefinedRelation,
    DestinationConnectionError,
)

from workforce_source.destination import Connection
from workforce_source.loading.own_table import OwnTable
from workforce_source.mirror.queries import in_utc
from workforce_source.tables.own import FORMAT, LEASE_COLUMNS, LEASES

_COLUMNS: Final = {name: kind for name, (kind, _) in LEASE_COLUMNS.items()}

_READ: Final = (
    "holder",
    "process",
    "host",
    "epoch",
    "renewed",
    "expires",
    "staging",
    "loaded",
    "format",
    "feed",
)


@dataclass(frozen=True)
class LeaseRow:
    """A lease as it stands in the destination.

    Attributes:
        holder: Who has it, or had it last; empty when nobody ever had.
        process: Process of the holder.
        host: Machine of the holder.
        epoch: How often it was taken.
        renewed: When the holder last said that it is there, as the destination tells it.
        expires: When it is free, unless renewed.
        staging: The staging dataset the holder recorded and did not drop.
        loaded: When the organization had been loaded as a whole for the first time, if it has.
        now: The destination's time when this was read.
        format: The format of the dataset.
        feed: Times of entries in `changes` whose rows had not been loaded.
    """

    holder: str
    process: int
    host: str
    epoch: int
    renewed: Any
    expires: datetime
    staging: str | None
    loaded: Any
    now: datetime
    format: int = FORMAT
    feed: frozenset[datetime] = frozenset()


class LeaseTable:
    """The row of one organization, by statements of their own.

    Args:
        connection: To the destination and dataset that have the table; opened for each statement.
        whose: The organization.
        anew: Called before the dataset is made, where there is none.
    """

    def __init__(
        self, connection: Connection, whose: str, anew: Callable[[], object] = lambda: None
    ) -> None:
        self._to = self.connection = connection
        self._name = self._to.table(LEASES)
        self._whose = whose
        self._anew = anew

    @contextmanager
    def open(self) -> Iterator[None]:
        """Keep the destination open for what is done within, by one thread at a time."""
        with ExitStack() as stack:
            try:
                stack.enter_context(self._to.open())
            except DltException:
                raise
            except Exception as error:  # drivers raise errors of their own
                name = type(self._to.client).__name__
                raise DestinationConnectionError(name, LEASES, str(error), error) from error
            yield

    def rows(self, client: Any = None) -> list[LeaseRow]:
        """Get the rows of the newest epoch: one, unless two runs made one each; none if none did.

        Args:
            client: An open client of dlt's to ask with, in whatever transaction it has.
        """
        to = self._to.by(client) if client else self._to
        found = to.rows(
            f"SELECT {to.columns(_READ)}, CURRENT_TIMESTAMP FROM {self._name}"
            f" WHERE {to.column('organization_id')} = %s",
            self._whose,
        )
        try:
            rows = [_row(*values) for values in found]
        except DatabaseUndefinedRelation:
            return []
        except DatabaseException:
            if client is not None or not OwnTable(to, LEASES, _COLUMNS).complete():
                raise
            return self.rows()
        newest = max((row.epoch for row in rows), default=0)
        return [row for row in rows if row.epoch == newest]

    def rows_below(self, prefix: str) -> dict[str, LeaseRow]:
        """Get the rows whose organizations begin so, by organization."""
        to = self._to
        found = to.rows(
            f"SELECT {to.column('organization_id')}, {to.columns(_READ)}, CURRENT_TIMESTAMP"
            f" FROM {self._name} WHERE {to.column('organization_id')} LIKE %s",
            f"{prefix}%",
        )
        rows = ((name, _row(*values)) for name, *values in found)
        return {name: row for name, row in rows if name.startswith(prefix)}

    def begin(self) -> LeaseRow:
        """Make the row of a lease that nobody ever had, and table and dataset where there is none.

        Returns:
            The row; another run may make one, too.
        """
        to = self._to
        if not to.client.has_dataset():
            self._anew()
            to.client.create_dataset()
        OwnTable(to, LEASES, _COLUMNS).create()
        ((now,),) = to.rows("SELECT CURRENT_TIMESTAMP", most=1)
        values = [self._whose, "", 0, "", 0, now, now, now]
        to.execute(
            f"INSERT INTO {self._name} ({to.columns(list(_COLUMNS)[: len(values)])})"
            f" VALUES ({', '.join(['%s'] * len(values))})",
            *values,
        )
        return self.rows()[0]

    def change(self, values: dict[str, Any], **only: Any) -> None:
        """Write values into the row, if it has these others."""
        where = {"organization_id": self._whose, **only}
        self._to.execute(
            f"UPDATE {self._name} SET {self._equal(values, ', ')}"
            f" WHERE {self._equal(where, ' AND ')}",
            *values.values(),
            *where.values(),
        )

    def withdraw(self, holder: str) -> None:
        """Take back the row that a holder made."""
        self._to.execute(f"DELETE FROM {self._name} WHERE {self._to.column('holder')} = %s", holder)

    def remove(self, **only: Any) -> None:
        """Remove the row, if it has these values."""
        where = {"organization_id": self._whose, **only}
        self._to.execute(
            f"DELETE FROM {self._name} WHERE {self._equal(where, ' AND ')}", *where.values()
        )

    def _equal(self, values: dict[str, Any], between: str) -> str:
        return between.join(f"{self._to.column(name)} = %s" for name in values)


def _row(*values: Any) -> LeaseRow:
    holder, process, host, epoch, renewed, expires, staging, loaded, made, feed, now = values
    return LeaseRow(
        holder,
        process,
        host,
        epoch,
        renewed,
        _moment(expires),
        staging,
        loaded,
        _moment(now),
        made or FORMAT,
        frozenset(map(datetime.fromisoformat, feed.split(","))) if feed else frozenset(),
    )


def _moment(value: Any) -> datetime:
    """Get a time the destination told, aware; some tell it as text."""
    moment: datetime = in_utc(datetime.fromisoformat(value) if isinstance(value, str) else value)
    return moment
