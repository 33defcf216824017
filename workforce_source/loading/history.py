"""When a run keeps versions of what the mirror holds, and as of when it dates them.

All that a run sees is dated by its begin. A run says that it began before it loads anything, and
that it ended after its versions are written; of one that was stopped in between, the next run
writes the versions first, with the time of that one. So nothing is missing, and nothing overlaps.

What may not be in here: SQL.
"""

from collections.abc import Callable, Collection
from contextlib import AbstractContextManager, nullcontext
from datetime import UTC, datetime, time, timedelta
from typing import Final

from workforce_source.clock import Clock
from workforce_source.destination import Connection, connect
from workforce_source.loading.history_tables import HistoryTables
from workforce_source.loading.lease import Lease
from workforce_source.settings import Settings

_NEXT: Final = timedelta(microseconds=1)
"""No two runs began at one time, whatever the clock says."""


class History:
    """What one run writes of the versions of one organization.

    Args:
        settings: The settings of the run; without `history` nothing is done.
        connection: To the dataset, closed.
        lease: What the run holds.
        alone: Gets what keeps all other runs of the dataset from doing the same meanwhile.
        clock: Tells the time.
        shared: Whether other shards of the organization may be at work.
    """

    def __init__(
        self,
        settings: Settings,
        connection: Connection,
        lease: Lease,
        alone: Callable[[], AbstractContextManager[object]],
        clock: Clock,
        *,
        shared: bool,
    ) -> None:
        self._settings, self._to, self._lease = settings, connection, lease
        self._alone, self._shared = alone, shared
        self._tables = HistoryTables(connection, settings.organization_id)
        self._at = clock.now()
        self._noted = self._is_first_today = False

    def begin(self) -> None:
        """Find out how the run is dated, and write the versions of one that was stopped."""
        if not self._settings.history:
            return
        with connect(self._to):
            known = self._tables.observations()
        with self._alone() if known is None else nullcontext(), connect(self._to):
            self._tables.make()
        known = known or []
        with connect(self._to):
            newest = known[-1][0] if known else self._tables.newest()
            if newest is not None:
                self._at = max(self._at, newest + _NEXT)
            self._is_first_today = not any(done and at >= self._today for at, done in known)
            stopped = [at for at, done in known if not done]
            if stopped and not self._shared:  # other shards end by themselves
                if stopped[-1] == newest:  # else a shard, after which others wrote versions
                    self._tables.take_over(stopped[-1], self._lease.look)
                self._tables.forget(*stopped)

    def note(self) -> None:
        """Write down, before anything is loaded, that there is something to be observed."""
        if not self._settings.history or self._noted:
            return
        self._lease.look()
        with connect(self._to):
            self._tables.note(self._at, complete=False)
        self._noted = True

    def end(self, *, whole: bool) -> None:
        """Write the versions of what is loaded by now, and remove those nobody wants any more.

        Args:
            whole: Whether the run looked at all of the organization.
        """
        if not self._settings.history:
            return
        tables, kept = self._tables, self._settings.keep_history_for
        with self._alone() if self._shared else nullcontext(), connect(self._to):
            if self._shared:
                self._follow([at for at, done in tables.observations() or () if done])
            tables.take_over(self._at, self._lease.look)
            if whole:
                tables.note(self._at, complete=True)
                tables.forget_earlier(self._at, self._today)
            else:
                tables.forget(self._at)
            if kept is not None and self._is_first_today:
                tables.prune(self._at - kept)

    def _follow(self, others: Collection[datetime]) -> None:
        """Date the run after all that ended meanwhile: none may write before what they wrote."""
        newest = max(others, default=self._at - _NEXT)
        if newest >= self._at:
            self._tables.forget(self._at)
            self._at = newest + _NEXT

    @property
    def _today(self) -> datetime:
        return datetime.combine(self._at.astimezone(UTC).date(), time(), UTC)
