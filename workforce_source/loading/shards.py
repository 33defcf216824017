"""Who may load an organization: one run alone, or its shards at the same time.

A shard has a lease of its own, which it takes while it holds the organization's for a moment. Who
loads alone keeps the organization's, and ends what dead shards had. So nobody joins while somebody
loads alone, nobody loads alone while a shard lives, and who slept through that finds its row
changed.

What may not be in here: what a shard reads and writes.
"""

import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Final

from workforce_source.clock import Clock
from workforce_source.destination import Connection
from workforce_source.exceptions import ConfigError, Locked
from workforce_source.loading.lease import ASKED_EVERY, Lease, hold_lease, wait_until_free
from workforce_source.loading.lease_table import LeaseRow, LeaseTable
from workforce_source.loading.lock import abandoned
from workforce_source.loading.staging import drop_staging
from workforce_source.settings import Settings
from workforce_source.sync.shard import ALL, Shard

PATIENCE: Final = 3600.0
"""Seconds a shard waits for others to write a load package, one after the other."""


@dataclass(frozen=True)
class Right:
    """The right to load an organization, or a share of it.

    Attributes:
        lease: What this run holds.
        before: The row of that lease as it was before.
        organization: The row of the organization's lease as it was before.
        note_loaded: Writes down that the organization has been loaded as a whole.
        wait_for_lists: Returns when the lists have been written, by the first shard.
    """

    lease: Lease
    before: LeaseRow
    organization: LeaseRow
    note_loaded: Callable[[], None]
    wait_for_lists: Callable[[], None]


def refuse_what_is_not_shared(
    shard: Shard, settings: Settings, refresh: str | None, staging: str | None
) -> None:
    """Refuse what one shard would do to the others, or they to it.

    Args:
        shard: The shard.
        settings: Of the run.
        refresh: What dlt is to drop or empty.
        staging: The staging dataset of the run's own, if there is one.

    Raises:
        ConfigError: It cannot be done in shards.
    """
    why = {
        "a window or a filter": settings.window or settings.employee_filter,
        "a refresh of the pipeline": refresh,
        "a staging dataset that runs share (`staging_dataset_name_layout`)": staging is None,
    }
    for what, is_so in why.items():
        if is_so:
            raise ConfigError(f"Shard {shard} cannot be loaded with {what}. Leave one of both out.")


@contextmanager
def hold_right(
    connection: Connection,
    organization: str,
    shard: Shard,
    *,
    wait: float,
    clock: Clock,
    anew: Callable[[], object],
    leave: Callable[[Connection], None] | None = None,
) -> Iterator[Right]:
    """Hold the lease of an organization, or of one of its shards.

    Args:
        connection: To the dataset that is loaded into.
        organization: Its id.
        shard: The share this run loads; `ALL` for the whole.
        wait: Seconds to wait for it.
        clock: Waits.
        anew: Called before the dataset is made, where there is none.
        leave: Called before it is given back, with the dataset open.

    Raises:
        ConfigError: Shards of another number are at work.
        Locked: Another run loads it.
    """
    rows = _Shards(connection, organization)
    hold = partial(hold_lease, connection, organization, wait=wait, clock=clock, anew=anew)
    if shard == ALL:
        with hold(blocked=rows.in_the_way, leave=leave) as (lease, before):
            lease.feed |= rows.feed_of_dead()
            rows.forget_dead()
            yield Right(lease, before, before, lease.note_loaded, lambda: None)
        return
    with ExitStack() as stack:
        found: list[Right] = []

        def join() -> LeaseRow | None:
            with hold() as (gate, of_all):
                if of_all.staging is not None:  # of a run that died, or sleeps
                    drop_staging(connection, of_all.staging)
                    gate.forget_staging()
                living = rows.living()
                for other in living:
                    if other.of != shard.of:
                        raise ConfigError(
                            f"Shard {other} of this organization is at work, so {shard} cannot be:"
                            " all shards name the same number. Wait for it to end, or name that."
                        )
                if shard in living:
                    return living[shard]
                own = hold_lease(connection, rows.name(shard), wait=0, clock=clock, leave=leave)
                lease, before = stack.enter_context(own)
                gate.look()  # whoever took it meanwhile has not seen this shard
                lease.feed |= of_all.feed
            note, lists = partial(rows.note_loaded, lease), _Lists(rows, shard, wait, clock)
            found.append(Right(lease, before, of_all, note, lists.wait))
            return None

        wait_until_free(join, organization, wait, clock)
        yield found[0]


@dataclass(frozen=True)
class _Lists:
    """What shards wait for before they write."""

    rows: "_Shards"
    shard: Shard
    patience: float
    clock: Clock

    def wait(self) -> None:
        """Wait until the lists are written; return at once where they were in an earlier run."""
        # while the first is there, it will come to them: how long that takes is the API's to say
        first, pause = Shard(1, self.shard.of), threading.Condition()
        until = self.clock.monotonic() + self.patience
        while not self.rows.loaded():
            if first in self.rows.living():
                until = self.clock.monotonic() + self.patience
            elif self.clock.monotonic() >= until:
                raise Locked(
                    f"Shard {first} is not at work and has not written the lists, which come before"
                    f" what the others write. Start it, and {self.shard} again; nothing is lost."
                )
            with pause:
                self.clock.wait(pause, ASKED_EVERY)


class _Shards:
    """The rows of an organization's shards in the table of leases."""

    def __init__(self, connection: Connection, organization: str) -> None:
        self._connection = connection
        self._organization = organization
        self._table = LeaseTable(connection, organization)
        self._dead: dict[Shard, LeaseRow] = {}

    def name(self, shard: Shard) -> str:
        """Get what stands in the place of the organization in the row of a shard."""
        return f"{self._organization}#{shard}"

    def living(self) -> dict[Shard, LeaseRow]:
        """Get the rows of shards whose holder is there, as far as anybody can tell."""
        with self._table.open():
            return self._living(self._rows())

    def in_the_way(self) -> LeaseRow | None:
        """Get the row of a shard that lives; if none does, make sure that none wakes up.

        To be called by who holds the organization's lease, while the destination is open.
        """
        found = self._rows()
        if living := self._living(found):
            return next(iter(living.values()))
        for shard, row in found.items():
            self._of(shard).change(
                {"holder": "", "epoch": row.epoch + 1}, epoch=row.epoch, renewed=row.renewed
            )
        self._dead = self._rows() if found else {}
        return next((row for row in self._dead.values() if row.holder), None)

    def feed_of_dead(self) -> frozenset[datetime]:
        """Get the times of entries in `changes` whose rows dead shards did not load."""
        return frozenset().union(*(row.feed for row in self._dead.values()))

    def forget_dead(self) -> None:
        """Leave nothing of shards that died; by who holds the organization's lease."""
        for shard, row in self._dead.items():
            drop_staging(self._connection, row.staging)
            with self._table.open():
                self._of(shard).remove(holder="", epoch=row.epoch)

    def note_loaded(self, lease: Lease) -> None:
        """Write down, by a shard, that the organization has been loaded as a whole."""
        now = lease.look().now
        with self._table.open():
            self._table.change({"loaded": now})

    def loaded(self) -> bool:
        """Tell whether the organization has been loaded as a whole."""
        with self._table.open():
            return any(row.loaded is not None for row in self._table.rows())

    def _rows(self) -> dict[Shard, LeaseRow]:
        prefix = self.name(ALL).removesuffix(str(ALL))
        found = self._table.rows_below(prefix)
        return {Shard.parse(name.removeprefix(prefix)): row for name, row in found.items()}

    def _living(self, rows: dict[Shard, LeaseRow]) -> dict[Shard, LeaseRow]:
        living = {shard: row for shard, row in rows.items() if row.expires > row.now}
        for shard, row in [*living.items()]:
            if abandoned(row.holder):  # which is found out once
                self._of(shard).change({"expires": row.now}, epoch=row.epoch, renewed=row.renewed)
                del living[shard]
        return living

    def _of(self, shard: Shard) -> LeaseTable:
        return LeaseTable(self._connection, self.name(shard))
