"""Receipts and runs as tables of a pipeline's dataset, and the lease of whoever applies a roster.

What may not be in here: what a receipt says.
"""

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any, Final, TypeVar

import dlt
from dlt.common.exceptions import DltException
from dlt.destinations.exceptions import DatabaseUndefinedRelation

from workforce_source.clock import SYSTEM_CLOCK, Clock
from workforce_source.destination import (
    Connection,
    connection_to,
    destination_errors,
    is_a,
    retry,
)
from workforce_source.destination.duckdb_file import make_file
from workforce_source.destination.faults import causes_of
from workforce_source.loading.lease import ASKED_EVERY, ROSTER, Lease, hold_lease
from workforce_source.loading.lease_table import LeaseTable
from workforce_source.loading.marks import read_marks, require_key
from workforce_source.loading.own_table import OwnTable
from workforce_source.mirror.queries import in_utc
from workforce_source.roster.ledger import COUNTED, end_values, newest_rows, run_values
from workforce_source.roster.model import Plan
from workforce_source.roster.receipts import Receipt, Receipts
from workforce_source.sync.suppression import Mark, Suppression
from workforce_source.tables import Secret
from workforce_source.tables.own import (
    ROSTER_RECEIPT_COLUMNS,
    ROSTER_RECEIPTS,
    ROSTER_RUN_COLUMNS,
    ROSTER_RUNS,
)

LOCKED: Final = "Could not set lock"
"""What DuckDB says of a file that another process has open."""
T = TypeVar("T")


class TableLedger:
    """Keeps receipts beside the tables of a load.

    Args:
        pipeline: Has the destination and the dataset; both are made where there is none.
        organization_id: The organization.
        wait: Seconds to wait while somebody else applies a roster to it.
        clock: Waits.

    Raises:
        ConfigError: The destination cannot be used.
    """

    def __init__(
        self,
        pipeline: dlt.Pipeline,
        organization_id: str,
        wait: float = 120.0,
        clock: Clock = SYSTEM_CLOCK,
    ) -> None:
        self.organization_id = organization_id
        self._pipeline = pipeline
        self._to = connection_to(pipeline)
        self._wait = wait
        self._clock = clock
        self._whose = f"{ROSTER}{organization_id}"
        self._table = LeaseTable(self._to, self._whose)
        self._lease: Lease | None = None

    @contextmanager
    def held(self) -> Iterator[None]:
        """Hold the organization's roster lease.

        Raises:
            Locked: Somebody else does.
            DestinationError: The destination refused.
        """
        make_file(self._to.config)
        with ExitStack() as stack:
            with destination_errors(self._pipeline):
                holding = hold_lease(self._to, self._whose, wait=self._wait, clock=self._clock)
                self._lease, _ = stack.enter_context(holding)
            try:
                yield
            finally:
                self._lease = None

    def check(self) -> None:
        """Make sure that the lease is still held.

        Raises:
            Locked: Somebody else took it over.
        """
        if (lease := self._lease) is not None:
            self._within(lease.look_within)

    def begin(self, plan: Plan, run_id: str, at: datetime) -> None:
        """Write down that a plan is applied from now on."""
        values = {"organization_id": self.organization_id, **run_values(plan, run_id, at)}

        def insert(to: Connection) -> None:
            runs = OwnTable(to, ROSTER_RUNS, _types(ROSTER_RUN_COLUMNS))
            runs.create()
            OwnTable(to, ROSTER_RECEIPTS, _types(ROSTER_RECEIPT_COLUMNS)).create()
            runs.insert(**values)

        self._within(insert)

    def write(self, receipt: Receipt) -> None:
        """Write a receipt; one of the same run and number is replaced."""
        values = receipt.as_dict()
        mine = {"run_id": receipt.run_id, "number": receipt.number}

        def insert(to: Connection) -> None:
            table = OwnTable(to, ROSTER_RECEIPTS, _types(ROSTER_RECEIPT_COLUMNS))
            if receipt.operation == "invite":  # the only ones written before they are tried
                where = " AND ".join(f"{to.column(name)} = %s" for name in mine)
                gone = f"DELETE FROM {to.table(ROSTER_RECEIPTS)} WHERE {where}"  # noqa: S608 # our own names
                to.execute(gone, *mine.values())
            table.insert(**values)

        self._within(insert)

    def end(self, receipts: Receipts, at: datetime) -> None:
        """Write down how the apply ended."""
        values = end_values(receipts, at)

        def change(to: Connection) -> None:
            table = OwnTable(to, ROSTER_RUNS, _types(ROSTER_RUN_COLUMNS))
            table.change(values, organization_id=self.organization_id, run_id=receipts.run_id)

        self._within(change)

    def rows_before(self, scope: str) -> int | None:
        """Get the rows of the roster that was last applied, of this scope of deletions first."""

        def read(to: Connection) -> list[dict[str, Any]]:
            table = OwnTable(to, ROSTER_RUNS, _types(ROSTER_RUN_COLUMNS))
            return list(table.rows(organization_id=self.organization_id))

        nothing: list[dict[str, Any]] = []
        runs = [run for run in self._read(read, nothing) if run["ended_at"] is not None]
        return newest_rows(sorted(runs, key=lambda run: run["started"]), scope)

    def invited_since(self, since: datetime) -> Mapping[str, datetime]:
        """Get when we last invited people, by their ids."""

        def read(to: Connection) -> dict[str, datetime]:
            names = ("employee_id", "at")
            marks = ", ".join(["%s"] * len(COUNTED))
            employee_id, at = map(to.column, names)
            rows = to.rows(
                f"SELECT {employee_id}, MAX({at}) FROM {to.table(ROSTER_RECEIPTS)}"  # noqa: S608
                f" WHERE {to.column('organization_id')} = %s AND {to.column('operation')} = %s"
                f" AND {employee_id} IS NOT NULL AND {at} >= %s"
                f" AND {to.column('outcome')} IN ({marks}) GROUP BY {employee_id}",
                *(self.organization_id, "invite", since, *map(str, COUNTED)),
            )
            return {str(person): in_utc(when) for person, when in rows}

        nothing: dict[str, datetime] = {}
        return self._read(read, nothing)

    def suppression(self, secret: Secret | None) -> Suppression:
        """Get who was forgotten in the dataset.

        Args:
            secret: The key their marks were made with.

        Raises:
            ConfigError: It is another, or there is none.
        """
        nothing: list[Mark] = []
        marks = self._read(lambda to: read_marks(to, self.organization_id), nothing)
        require_key(marks, secret, needed=False)
        return Suppression(secret, marks)

    def _read(self, read: Callable[[Connection], T], nothing: T) -> T:
        """Get what is there; of a dataset or a table that is not, nothing."""
        config: Any = self._to.config
        if is_a(config, "duckdb"):
            file = str(config.credentials.database)
            if not file.startswith(":") and not Path(file).exists():
                return nothing  # opened, it would be made

        def or_nothing(to: Connection) -> T:
            try:
                return read(to)
            except DatabaseUndefinedRelation:
                return nothing

        return self._within(or_nothing)

    def _within(self, do: Callable[[Connection], T]) -> T:
        """Do something with the dataset open; wait for a file that a load has open meanwhile."""

        def once() -> T:
            with self._table.open():
                return do(self._to)

        until, pause = self._clock.monotonic() + self._wait, threading.Condition()
        with destination_errors(self._pipeline):
            while True:
                try:
                    return retry(once, self._clock)
                except DltException as error:
                    locked = any(LOCKED in str(cause) for cause in causes_of(error))
                    if not locked or self._clock.monotonic() >= until:
                        raise
                with pause:
                    self._clock.wait(pause, ASKED_EVERY)


def _types(columns: Mapping[str, tuple[str, str]]) -> dict[str, str]:
    return {name: kind for name, (kind, _) in columns.items()}
