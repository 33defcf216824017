"""Which events were asked for, remembered from run to run as a table beside dlt's.

What may not be in here: which events are asked for, and whom they are about (`sync/signals.py`).
"""

from collections.abc import Callable
from datetime import datetime
from typing import Final

from workforce_source.destination import Connection
from workforce_source.loading.own_table import OwnTable
from workforce_source.sync.signals import Remembered
from workforce_source.tables.own import SIGNAL_COLUMNS, SIGNALS

_REACHED: Final = "*"
"""Key of the row that says how far the list was read."""


class SignalTable:
    """What is remembered of the events of one organization.

    Args:
        connection: To the dataset that has the table, closed.
        organization_id: The organization.

    Attributes:
        remembered: What is remembered, to be changed in place.
    """

    def __init__(self, connection: Connection, organization_id: str) -> None:
        self._to, self._whose = connection, organization_id
        types = {name: kind for name, (kind, _) in SIGNAL_COLUMNS.items()}
        self._table = OwnTable(connection, SIGNALS, types)
        with connection.open():
            rows = self._table.rows(organization_id=organization_id)
            self._stored: dict[str, datetime] = {r["event_id"]: r["occurred_at"] for r in rows}
        asked = {event_id: at for event_id, at in self._stored.items() if event_id != _REACHED}
        self.remembered = Remembered(asked, self._stored.get(_REACHED))

    def save(self, check: Callable[[], object], since: datetime | None) -> None:
        """Write what changed, and drop what nobody will ask about; nothing where nothing changed.

        Args:
            check: Called before anything is written.
            since: Events that occurred before are not asked for in any case.
        """
        reached = self.remembered.reached
        new = [
            {"organization_id": self._whose, "event_id": event_id, "occurred_at": at}
            for event_id, at in self.remembered.asked.items()
            if event_id not in self._stored
        ]
        moved = reached is not None and reached != self._stored.get(_REACHED)
        if not new and not moved:
            return
        check()
        with self._to.open():
            if not self._stored:
                self._table.create()
            self._table.insert_all(new)
            key = {"organization_id": self._whose, "event_id": _REACHED}
            if moved and _REACHED in self._stored:
                self._table.change({"occurred_at": reached}, **key)
            elif moved:
                self._table.insert(**key, occurred_at=reached)
            if since is not None and new:
                self._forget(since)

    def _forget(self, before: datetime) -> None:
        # how far the list was read stays, however long ago that is
        whose, event, at = map(self._to.column, ("organization_id", "event_id", "occurred_at"))
        self._to.execute(
            f"DELETE FROM {self._to.table(SIGNALS)} WHERE {whose} = %s AND {event} <> %s"
            f" AND {at} < %s",
            self._whose,
            _REACHED,
            before,
        )
