"""One run over one organization: what is remembered, what is read, what there is to load.

Puts the parts together and orders the packages; how these reach the destination is not known here.
"""

from collections.abc import Collection, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from workforce_source import tables as t
from workforce_source.endpoints import ACCEPTED, EMPLOYEES
from workforce_source.exceptions import WorkforceError
from workforce_source.freshness import overdue, plan_reads
from workforce_source.mirror import Difference, Package
from workforce_source.sync.badges import RESOURCE as BADGES
from workforce_source.sync.badges import BadgeReader
from workforce_source.sync.context import Context
from workforce_source.sync.employees import EmployeeListing, Listed
from workforce_source.sync.listing import Listing
from workforce_source.sync.lists import listings, walk
from workforce_source.sync.remembered import Remembered, remember
from workforce_source.sync.removals import Removals, confirmed_removals
from workforce_source.sync.window import Window
from workforce_source.tables import Row, Table

ROWS_AN_EMPLOYEE: Final = 5
"""Rows a batch of badges has for each employee in it; a package of lists may have as many."""


class Run:
    """One run: remembers, lists, and reads badges where due.

    Args:
        context: What its parts work with.
    """

    def __init__(self, context: Context) -> None:
        self.context = context
        self._window = Window(context.settings)
        self._known: Remembered | None = None
        self._listed: dict[str, Listed] = {}
        self._accepted: dict[str, datetime | None] = {}

    def remember(self) -> Remembered:
        """Read what the mirror holds; once a run."""
        if self._known is None:
            self._known = remember(self.context.memory)
        return self._known

    def packages(
        self, resources: Collection[str] = t.RESOURCES, *, cut: bool = False
    ) -> Iterator[Package]:
        """Get the packages in the order they are written, the lists with the first batch of badges.

        The first batch is read before anything is written: its requests start at once, and those
        of the next batch go on meanwhile. One load package instead of two is half the work for a
        run that reads few badges.

        Args:
            resources: Resources whose tables are written.
            cut: Let long lists of a first load be packages of their own: what a destination such
                as DuckDB holds in memory grows with the rows of the package at hand. Otherwise
                the first package has the lists, and all others have badges only.
        """
        known, settings = self.remember(), self.context.settings
        lists = self._lists(resources)
        before: list[Package] = []
        most = ROWS_AN_EMPLOYEE * settings.checkpoint_every
        # after a refresh that only empties tables, nothing would tell the next run that this one
        # was stopped in between
        if cut and known.first_load and not self.context.memory.emptied and lists.rows > most:
            # Until `changes` is there, which `lists` creates, a run that goes on is a first load.
            # From then on the reads are: those that wait tell it, so they come before.
            before = [self._waiting_package(), *lists.cut(most)]
        batches = self._badges(waiting_told=bool(before)) if BADGES in resources else iter(())
        try:
            first = next(batches, None)
        except WorkforceError:
            yield from before
            yield lists
            raise
        while before:
            yield before.pop(0)
        # No key may stand twice in a package: a skill that was removed softly is purged with the
        # lists and may be back with the batch.
        if first is not None and not known.of(t.BADGE_TEMPLATE_SKILLS).gone:
            lists.absorb(first)
            first = None
        yield lists
        if first is not None:
            yield first
        yield from batches

    def _lists(self, resources: Collection[str]) -> Package:
        context, known, package, now = (
            self.context,
            self.remember(),
            Package(),
            self.context.clock.now(),
        )
        lists = listings(context, known, {*resources, *([EMPLOYEES.name] * (BADGES in resources))})
        employees = next((one for one in lists if isinstance(one, EmployeeListing)), None)
        held = [known.of(table) for listing in lists for table in listing.tables]
        if known.first_load and self._window.is_all and not any(one.live for one in held):
            # nothing is held, so nothing found now can turn out to be gone or known

            def spill(table: Table, difference: Difference) -> None:
                context.writer.write(package, table, difference, now, baseline=True)

            for listing in lists:
                listing.spill = spill if listing.endpoint.name in resources else None
        walk(context, lists)
        removals: Removals = {}
        with context.memory.connected():
            if self._window.is_all:
                leavers = employees if BADGES in resources else None
                removals = confirmed_removals(context, known, lists, leavers)
            else:
                self._window.cut(lists)
            self._look_at(lists, employees, package)
            differences = {name: found for one in lists for name, found in one.differences.items()}
            written = [table for table in t.TABLES if table.resource in resources]
            for table in written:
                context.writer.write(
                    package,
                    table,
                    differences.get(table.name, Difference()),
                    now,
                    removed=removals.get(table.name, ()),
                    baseline=known.baseline(table),
                )
            if self._window.is_all and not context.writer.soft:
                self._purge(package, written, now)
            package.close()
        lacking = known.missing | context.memory.emptied
        package.to_create = [
            table.name
            for table in (t.CHANGES, *written)
            if table.name in lacking and table.name not in package.chunks
        ]
        return package

    def _look_at(
        self, lists: list[Listing], employees: EmployeeListing | None, package: Package
    ) -> None:
        report = self.context.report
        for listing in lists:
            report.listed[listing.endpoint.name] = len(listing.seen)
            if listing.newest is not None:
                package.newest[listing.endpoint.name] = listing.newest
        if employees is None:
            return
        self._listed = employees.listed
        self._accepted = {
            employee_id: who.state_stamp
            for employee_id, who in self._listed.items()
            if who.state == ACCEPTED
        }
        report.accepted = len(self._accepted)
        if unknown := len(employees.staying) - report.accepted:
            have = "employee has" if unknown == 1 else "employees have"
            report.notes.append(
                f"{unknown:,} listed {have} a state the API page does not name, or none:"
                " badges stay as they are, unread."
            )

    def _purge(self, package: Package, tables: list[Table], now: datetime) -> None:
        # Rows an earlier run with soft deletions left behind. Those of accepted employees go with
        # the batch that reads them, where they may turn out to be back.
        for table in tables:
            if not (gone := self.remember().of(table).gone):
                continue
            gone = gone - package.keys(table)
            if table in (t.EMPLOYEE_PROFILES, t.EMPLOYEE_BADGES):
                gone = {key for key in gone if t.employee_of(table, key) not in self._accepted}
            package.add(table, self.context.writer.tombstones(table, gone, now))

    def _badges(self, *, waiting_told: bool) -> Iterator[Package]:
        """Read badges where due and get a package a batch.

        Args:
            waiting_told: Who waits is loaded before; else the first batch has it.
        """
        context, known, settings = self.context, self.remember(), self.context.settings
        accepted = self._window.of_accepted(self._accepted)
        plan = plan_reads(
            accepted,
            known.reads,
            context.clock.now(),
            timedelta(0) if settings.window else settings.max_age,
            signalled=self._signalled(),
            incomplete=known.incomplete,
            max_reads=settings.max_badge_reads,
        )
        report = context.report
        report.due, report.fresh, report.capped = plan.reasons, plan.fresh, plan.capped
        reader = BadgeReader(replace(context, guard=context.guard.for_reads()), known, self._listed)
        done: set[str] = set()
        due = plan.due
        waiting = [] if waiting_told else self._waiting()
        if not due and waiting:
            yield self._waiting_package()
        while due:
            for package in reader.packages(due):
                if waiting:
                    taken, key_of = package.keys(t.BADGE_READS), t.BADGE_READS.key_of
                    package.add(t.BADGE_READS, [r for r in waiting if key_of(r) not in taken])
                    waiting = []
                yield package.close()
            done.update(due)
            late = settings.max_badge_reads is None and not settings.window
            due = (
                overdue(accepted, known.reads, context.clock.now(), settings.max_age, done)
                if late
                else []
            )
            report.due["too old"] += len(due)
        times = [
            reader.read_at.get(i) or (known.reads[i].read_at if i in known.reads else None)
            for i in self._accepted
        ]
        report.never_read = sum(at is None for at in times)
        report.oldest_read_at = min((at for at in times if at is not None), default=None)

    def _signalled(self) -> set[str]:
        wanted = {key.casefold() for key in self.context.settings.refresh or ()}
        if not wanted:
            return set()
        return {
            employee_id
            for employee_id, who in self._listed.items()
            if any(key and key.casefold() in wanted for key in (employee_id, *who[:2]))
        }

    def _waiting_package(self) -> Package:
        package = Package()
        package.add(t.BADGE_READS, self._waiting())
        return package.close()

    def _waiting(self) -> list[Row]:
        # a row before they are read says that they wait, and whether their first read is news
        known = self.remember()
        return [
            {
                "organization_id": self.context.settings.organization_id,
                "employee_id": employee_id,
                "read_status": "waiting",
                "baseline": known.first_load,
            }
            for employee_id in self._accepted
            if employee_id not in known.reads
        ]
