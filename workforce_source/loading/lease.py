"""The right to load an organization into a dataset, which one run holds at a time.

A lock file keeps runs of one pipelines directory apart; this keeps all apart that share a dataset.
Who holds it says so again and again. Who no longer does loses it, and finds out before it writes.

What may not be in here: SQL, and dlt's load packages.
"""

import logging
import os
import platform
import secrets
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from typing import Any, Final

from dlt.common.exceptions import DltException

from workforce_source import __version__
from workforce_source.clock import SYSTEM_CLOCK, Clock
from workforce_source.destination import Connection, retry
from workforce_source.exceptions import ConfigError, Locked
from workforce_source.loading.lease_table import LeaseRow, LeaseTable
from workforce_source.loading.lock import abandoned, sign_of_life
from workforce_source.tables.own import FORMAT

logger = logging.getLogger(__name__)

EVERYBODY: Final = "*"
"""Stands for the organization where the dataset as a whole is meant."""
ROSTER: Final = "roster:"
"""Stands before the organization whose roster is applied, which a load may go on beside."""
LASTS: Final = timedelta(seconds=90)
RENEWED_EVERY: Final = 20.0
"""Seconds; three renewals in a row may fail before the lease can be taken."""
ASKED_EVERY: Final = 1.0
"""Seconds between two looks at a lease somebody else holds."""


class Lease:
    """The lease of an organization, or of the whole dataset, as one run sees it.

    Args:
        connection: To the destination and dataset that have the table of leases.
        whose: The organization; `EVERYBODY` for the dataset.
        clock: Waits.
        anew: Called before the dataset is made, where there is none.
        blocked: Called when the lease is free, while the destination is open: gets the row of
            somebody else who is in the way, None for nobody.
        now: Makes another time of the one the destination tells.

    Attributes:
        holder: Names this run.
        epoch: The epoch in which this run holds it; 0 while it does not.
        lost: Whether it was found out that another run took it over.
    """

    def __init__(
        self,
        connection: Connection,
        whose: str,
        clock: Clock = SYSTEM_CLOCK,
        *,
        anew: Callable[[], object] = lambda: None,
        blocked: Callable[[], LeaseRow | None] = lambda: None,
        now: Callable[[datetime], datetime] = lambda told: told,
    ) -> None:
        self._blocked = blocked
        self._table = LeaseTable(connection, whose, anew)
        self._whose = whose
        self._clock = clock
        self._now = now
        self._taken: datetime | None = None
        self._loaded = False
        self._left: dict[str, None] = {}
        self.holder = secrets.token_hex(6)
        self.epoch = 0
        self.lost = False

    def take(self, wait: float) -> LeaseRow:
        """Take the lease as soon as it is free; get its row as it was before.

        It is free when it was given back, has run out, or its holder died on this machine.

        Args:
            wait: Seconds to wait for it.

        Raises:
            Locked: Somebody else holds it; the message names process and machine.
        """
        found: list[LeaseRow] = []

        def attempt() -> LeaseRow | None:
            found[:] = [retry(self._try, self._clock)]
            return None if self.epoch else found[0]

        wait_until_free(attempt, self._whose, wait, self._clock)
        return found[0]

    def look(self, client: Any = None) -> LeaseRow:
        """Make sure that this run still holds the lease, and get its row.

        Args:
            client: An open client of dlt's: what it does in its transaction is then done by who
                holds the lease, or not at all.

        Raises:
            Locked: Another run took it over.
        """
        if client is not None:
            return self._mine(self._table.rows(client))
        with self._table.open():
            return self._mine(self._table.rows())

    def look_within(self, _open: Connection) -> None:
        """Make sure, while the destination is open already, that this run still holds the lease.

        Raises:
            Locked: Another run took it over.
        """
        self._mine(self._table.rows())

    def renew(self) -> None:
        """Say that this run is still there.

        Raises:
            Locked: Another run took the lease over.
        """
        with self._table.open():
            now = self._now(self._mine(self._table.rows()).now)
            self._change(renewed=now, expires=now + LASTS)

    def record(self, staging: str) -> None:
        """Write down which staging dataset there is from now on."""
        with self._table.open():
            self._change(staging=staging)
        self._left = {}

    def forget_staging(self) -> None:
        """Write down, when the lease is given back, that no staging dataset is left."""
        self._left = {"staging": None}

    def note_loaded(self) -> None:
        """Write down, once, that the organization has been loaded as a whole."""
        if self._loaded:
            return
        with self._table.open():
            self._change(loaded=self._taken)
        self._loaded = True

    def give_back(self, leave: Callable[[Connection], None] | None = None) -> None:
        """Let others take the lease at once; without effect where one already has.

        Args:
            leave: Writes what is left to write, over the connection that is open for this.
        """
        with self._table.open():
            if leave is not None:
                leave(self._table.connection)
            self._change(expires=self._taken, **self._left)
        self.epoch = 0

    def _try(self) -> LeaseRow:
        table = self._table
        with table.open():
            row = next(iter(table.rows()), None) or table.begin()
            if row.format > FORMAT:
                raise ConfigError(
                    f"The dataset was loaded by a newer version (format {row.format}; this one,"
                    f" {__version__}, knows {FORMAT}). Upgrade here, or load elsewhere. Nothing was"
                    " read or written."
                )
            now = self._now(row.now)
            if row.expires > now and not abandoned(row.holder):
                return row
            mine = {"holder": self.holder, "process": os.getpid(), "host": platform.node()}
            mine |= {"format": FORMAT}
            times = {"started": now, "renewed": now, "expires": now + LASTS}
            # who took it meanwhile, or said that it is there, changed one of the two
            table.change(
                {**mine, "epoch": row.epoch + 1, **times}, epoch=row.epoch, renewed=row.renewed
            )
            found = table.rows()
            held = {one.holder for one in found}
            if held == {self.holder} and (busy := self._blocked()) is not None:
                table.change({"expires": now}, holder=self.holder, epoch=row.epoch + 1)
                return busy
            if held == {self.holder}:
                self.epoch, self._taken = row.epoch + 1, now
                self._loaded = row.loaded is not None
            elif self.holder in held:
                # Nothing keeps rows unique in most warehouses, so two first runs may have made one
                # each, and taken each its own. Who sees the other's gives way.
                table.withdraw(self.holder)
            return row if self.epoch else next(iter(found), row)

    def _mine(self, rows: list[LeaseRow]) -> LeaseRow:
        if not self.epoch or [(row.holder, row.epoch) for row in rows] != [
            (self.holder, self.epoch)
        ]:
            self.lost = True
            raise Locked(
                "Another run took over while this one did not answer, and loads what this one had"
                " not. Nothing is lost. If it happens again, look for what keeps this process, or"
                f" its connection to the destination, for more than {LASTS.seconds} seconds."
            )
        return rows[0]

    def _change(self, **values: Any) -> None:
        self._table.change(values, holder=self.holder, epoch=self.epoch)


def wait_until_free(
    attempt: Callable[[], LeaseRow | None], whose: str, wait: float, clock: Clock
) -> None:
    """Try to hold something until nobody is in the way.

    Args:
        attempt: Tries; gets the row of whoever is in the way, None for nobody.
        whose: The organization; `EVERYBODY` for the dataset.
        wait: Seconds to wait.
        clock: Waits.

    Raises:
        Locked: Somebody still is; the message names process and machine.
    """
    until, told, pause = clock.monotonic() + wait, False, threading.Condition()
    while (holder := attempt()) is not None:
        if clock.monotonic() >= until:
            raise Locked(_held_by(whose, holder, wait))
        if not told:
            logger.log(
                # the whole dataset is taken for moments, and by many
                logging.INFO if whose == EVERYBODY else logging.WARNING,
                "Another run is at work (process %d on %s): waiting up to %.0f s for it to end"
                " (wait_for_lease).",
                holder.process,
                holder.host,
                wait,
            )
            told = True
        with pause:
            clock.wait(pause, ASKED_EVERY)


@contextmanager
def hold_lease(
    connection: Connection,
    whose: str,
    *,
    wait: float,
    clock: Clock,
    anew: Callable[[], object] = lambda: None,
    leave: Callable[[Connection], None] | None = None,
    blocked: Callable[[], LeaseRow | None] = lambda: None,
) -> Iterator[tuple[Lease, LeaseRow]]:
    """Hold a lease, renewed by a thread; get it, and its row as it was before.

    Args:
        connection: To the dataset that is loaded into.
        whose: The organization; `EVERYBODY` for the dataset.
        wait: Seconds to wait for it.
        clock: Waits.
        anew: Called before the dataset is made, where there is none.
        leave: Called before the lease is given back, with the dataset open.
        blocked: Gets the row of somebody else who is in the way, as for `Lease`.

    Raises:
        Locked: Another run holds it.
    """
    lease = Lease(connection, whose, clock, anew=anew, blocked=blocked)
    with sign_of_life(lease.holder):
        before = lease.take(wait)
        ended = threading.Event()
        renewing = threading.Thread(target=_renew, args=(lease, ended), daemon=True)
        renewing.start()
        try:
            yield lease, before
        finally:
            ended.set()
            renewing.join()
            with suppress(DltException):  # then it runs out
                lease.give_back(leave)


def _renew(lease: Lease, ended: threading.Event) -> None:
    while not ended.wait(RENEWED_EVERY):
        try:
            lease.renew()
        except Locked:
            return  # the run finds out by itself, before it writes
        except DltException as error:
            logger.warning(
                "The lease could not be renewed (%s); trying again in %.0f s.",
                type(error).__name__,
                RENEWED_EVERY,
            )


def _held_by(whose: str, row: LeaseRow, waited: float) -> str:
    what = "Tables of the dataset are" if whose == EVERYBODY else "The organization is"
    who = f"{row.process} on {row.host}"
    held = f"{what} being loaded by process {who}"
    if whose.startswith(ROSTER):
        held = f"A roster is being applied by process {who}"
    return (
        f"{held}, which did not end within"
        f" {waited:g} seconds (`wait_for_lease`). Wait for it to end, or stop it; what a run that"
        f" died held is free after {LASTS.seconds} seconds."
    )
