"""One run over one organization: what is remembered, what is read, what there is to load.

Puts the parts together; how packages reach the destination is not known here.
"""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

from workforce_source import tables as t
from workforce_source.client import Client
from workforce_source.freshness import Read, overdue, plan_reads
from workforce_source.mirror import (
    Difference,
    Memory,
    Package,
    RemovalGuard,
    Writer,
)
from workforce_source.settings import Settings
from workforce_source.sync.badges import BadgeReader, HeldTemplates
from workforce_source.sync.employees import Listed
from workforce_source.sync.lists import ExternalList, ListWalker, Roster
from workforce_source.sync.remembered import Remembered, remember
from workforce_source.sync.removals import RemovalJudge, Removals
from workforce_source.sync.report import Report
from workforce_source.sync.window import Window
from workforce_source.tables import RecordReader, Row, Table

Progress = Callable[[str, int, int | None], None]


def utc_now() -> datetime:
    """Get the time, aware."""
    return datetime.now(UTC)


def silent(name: str, done: int, total: int | None) -> None:
    """Show no progress."""


class Run:
    """One run: remembers, lists, and reads badges where due.

    Args:
        settings: The settings of the run.
        client: The API.
        memory: What the destination holds.
        now: The clock.
        progress: Told an endpoint's name, how many are done, and how many there are.
        allow_removals: Remove as much as was confirmed, once.
    """

    def __init__(
        self,
        settings: Settings,
        client: Client,
        memory: Memory,
        *,
        now: Callable[[], datetime] = utc_now,
        progress: Progress = silent,
        allow_removals: bool = False,
    ) -> None:
        excluded = frozenset(settings.exclude_columns or ())
        self.settings = settings
        self.report = Report()
        self.memory = memory
        self.client = client
        self._now = now
        self._progress = progress
        self._reader = RecordReader(settings.organization_id, excluded)
        self._window = Window(settings)
        self._guard = RemovalGuard(settings.max_removed_share, off=allow_removals)
        self._soft = settings.deletions == "soft"
        self._writer = Writer(memory, settings.organization_id, self._soft, excluded)
        self._remembered: Remembered | None = None
        self._listed: dict[str, Listed] = {}
        self._accepted: dict[str, datetime | None] = {}

    @property
    def removes(self) -> bool:
        """Whether this run may call anything absent: not with a filter or a window."""
        return self._window.is_all

    @property
    def one_package(self) -> bool:
        """Whether the lists and the first batch may share a load package.

        No key may stand in it twice: a skill that was removed softly is purged with the lists and
        may be back with the batch.
        """
        return not self.remember().of(t.BADGE_TEMPLATE_SKILLS).gone

    def remember(self) -> Remembered:
        """Read what the mirror holds; once a run."""
        if self._remembered is None:
            self._remembered = remember(self.memory)
        return self._remembered

    def lists(self, *, employees: bool, external: bool, badges: bool) -> Package:
        """Walk the lists and get what they change.

        Args:
            employees: Write `employees`.
            external: Walk and write the external badges.
            badges: Write what leavers leave behind in the badge tables.
        """
        known = self.remember()
        package = Package()
        now = self._now()
        overflow = None
        empty = not (known.of(t.EMPLOYEES).live or known.of(t.EXTERNAL_BADGES).live)
        if known.first_load and empty and employees and self.removes:
            # nothing is held, so nothing found now can turn out to be gone or known

            def overflow(table: Table, difference: Difference) -> None:
                self._writer.write(package, table, difference, now, baseline=True)

        self._walker = ListWalker(
            self.client, self._reader, self.settings, self._progress, overflow
        )
        roster, found = self._walk(known, employees=employees or badges, external=external)
        resources = {"employees": employees, "external_badges": external, "employee_badges": badges}

        def selected(table: Table) -> bool:
            return resources.get(table.resource, False)

        with self.memory.connected():
            removals = self._judge(known, roster, found, now, employees=employees, badges=badges)
            write = self._writing(package, known, removals, now)
            if roster is not None:
                self._listed = roster.listed
                self._accepted = roster.accepted
                self.report.listed = len(roster.listed)
                if roster.newest is not None:
                    package.newest[t.EMPLOYEES.name] = roster.newest
                self.report.accepted = len(self._accepted)
                if unknown := len(roster.staying) - len(self._accepted):
                    have = "employee has" if unknown == 1 else "employees have"
                    self.report.notes.append(
                        f"{unknown:,} listed {have} a state the API page does not name, or none:"
                        " badges stay as they are, unread."
                    )
                if employees:
                    write(t.EMPLOYEES, roster.difference)
                if badges:
                    self._write_leavers(package, known, removals, now)
            if found is not None:
                self.report.external_listed = len(found.seen)
                if found.newest is not None:
                    package.newest[t.EXTERNAL_BADGES.name] = found.newest
                write(t.EXTERNAL_BADGES, found.badges)
                write(t.EXTERNAL_BADGE_SKILLS, found.skills)
            if self.removes and not self._soft:
                self._purge(package, known, selected, now)
            package.close()
            wanted_tables = [t.CHANGES, *(table for table in t.TABLES if selected(table))]
            package.to_create = [
                table.name
                for table in wanted_tables
                if table.name in known.missing | self.memory.emptied
                and table.name not in package.chunks
            ]
        return package

    def waiting(self) -> Package:
        """Get the rows of `badge_reads` of accepted employees who have none; after `lists`."""
        package = Package()
        package.add(t.BADGE_READS, self._waiting(self.remember()))
        return package.close()

    def badges(self, *, waiting_told: bool = False) -> Iterator[Package]:
        """Read badges where due and get a package a batch; after `lists`.

        Args:
            waiting_told: What `waiting` returns is loaded before; else the first batch has it.
        """
        known = self.remember()
        settings = self.settings
        templates = HeldTemplates.from_keys(
            known.of(t.BADGE_TEMPLATES), known.of(t.BADGE_TEMPLATE_SKILLS)
        )
        reads = {employee_id: read.read for employee_id, read in known.reads.items()}
        accepted = self._window.of_accepted(self._accepted)
        plan = plan_reads(
            accepted,
            reads,
            self._now(),
            timedelta(0) if settings.window else settings.max_age,
            signalled=self._signalled(),
            incomplete=known.incomplete,
            max_reads=settings.max_badge_reads,
        )
        self.report.due = plan.reasons
        self.report.fresh = plan.fresh
        self.report.capped = plan.capped
        reader = BadgeReader(
            client=self.client,
            reader=self._reader,
            memory=self.memory,
            writer=self._writer,
            guard=self._guard.for_reads(),
            report=self.report,
            settings=settings,
            listed=self._listed,
            known_reads=known.reads,
            all_baseline=known.first_load or t.EMPLOYEE_BADGES.name in known.missing,
            profiles=known.of(t.EMPLOYEE_PROFILES),
            holders={*known.badge_counts, *(key[0] for key in known.of(t.EMPLOYEE_BADGES).gone)},
            templates=templates,
            now=self._now,
            progress=self._progress,
        )
        done: set[str] = set()
        due = plan.due
        waiting = [] if waiting_told else self._waiting(known)
        if not due and waiting:
            package = Package()
            package.add(t.BADGE_READS, waiting)
            yield package.close()
        while due:
            for package in reader.packages(due):
                if waiting:
                    _add_waiting(package, waiting)
                    waiting = []
                yield package.close()
            done.update(due)
            late = settings.max_badge_reads is None and not settings.window
            due = overdue(accepted, reads, self._now(), settings.max_age, done) if late else []
            self.report.due["too old"] += len(due)
        self._close(reads, reader.read_at)

    def _close(self, reads: dict[str, Read], read_at: dict[str, datetime]) -> None:
        times = [
            read_at.get(i) or (reads[i].read_at if i in reads else None) for i in self._accepted
        ]
        self.report.never_read = sum(at is None for at in times)
        self.report.oldest_read_at = min((at for at in times if at is not None), default=None)
        self.report.held_back = self._guard.held_back

    def _walk(
        self, known: Remembered, *, employees: bool, external: bool
    ) -> tuple[Roster | None, ExternalList | None]:
        held = known.of(t.EMPLOYEES)
        externals = (known.of(t.EXTERNAL_BADGES), known.of(t.EXTERNAL_BADGE_SKILLS))
        if not employees:
            return None, self._walker.external(*externals) if external else None
        if not external:
            return self._walker.roster(held), None
        with ThreadPoolExecutor(1, "external-list") as beside:
            try:
                second = beside.submit(self._walker.external, *externals)
                roster = self._walker.roster(held)
                return roster, second.result()
            except BaseException:
                # the other walk ends when its client does
                self.client.close()
                raise

    def _judge(
        self,
        known: Remembered,
        roster: Roster | None,
        found: ExternalList | None,
        now: datetime,
        *,
        employees: bool,
        badges: bool,
    ) -> Removals:
        if not self.removes:
            self._window.cut(roster, found)
            return Removals(allowed=False)
        judge = RemovalJudge(
            self.client,
            self._reader,
            self._walker,
            self.memory,
            self._guard,
            self.report,
            self.settings.max_workers,
        )
        leavers = None
        if badges and roster is not None:
            leavers = judge.leavers(
                roster.staying,
                {
                    t.EMPLOYEE_PROFILES.name: {k[0] for k in known.of(t.EMPLOYEE_PROFILES).live},
                    t.EMPLOYEE_BADGES.name: known.badge_counts,
                    t.BADGE_READS.name: known.reads,
                },
            )
        live = {name: len(held.live) for name, held in known.held.items()}
        live[t.EMPLOYEE_BADGES.name] = sum(known.badge_counts.values())
        removals = judge.judge(
            roster,
            known.of(t.EMPLOYEES),
            found,
            known.of(t.EXTERNAL_BADGES),
            known.of(t.EXTERNAL_BADGE_SKILLS),
            leavers,
            live,
        )
        self.report.held_back = self._guard.held_back
        return removals

    def _signalled(self) -> set[str]:
        wanted = {key.casefold() for key in self.settings.refresh or ()}
        if not wanted:
            return set()
        return {
            employee_id
            for employee_id, who in self._listed.items()
            if any(key and key.casefold() in wanted for key in (employee_id, *who[:2]))
        }

    def _writing(
        self, package: Package, known: Remembered, removals: Removals, now: datetime
    ) -> Callable[[Table, Difference], None]:
        def write(table: Table, difference: Difference) -> None:
            self._writer.write(
                package,
                table,
                difference,
                now,
                removed=removals.keys.get(table.name, ()),
                baseline=known.first_load or table.name in known.missing,
            )

        return write

    def _write_leavers(
        self, package: Package, known: Remembered, removals: Removals, now: datetime
    ) -> None:
        write = self._writing(package, known, removals, now)
        write(t.EMPLOYEE_PROFILES, Difference())
        write(t.EMPLOYEE_BADGES, Difference())
        gone = removals.keys.get(t.BADGE_READS.name, [])
        package.add(t.BADGE_READS, self._writer.tombstones(t.BADGE_READS, gone, now))

    def _waiting(self, known: Remembered) -> list[Row]:
        # a row before they are read says that they wait, and whether their first read is news
        return [
            {
                "organization_id": self.settings.organization_id,
                "employee_id": employee_id,
                "read_status": "waiting",
                "baseline": known.first_load,
            }
            for employee_id in self._accepted
            if employee_id not in known.reads
        ]

    def _purge(
        self,
        package: Package,
        known: Remembered,
        selected: Callable[[Table], bool],
        now: datetime,
    ) -> None:
        # Rows an earlier run with soft deletions left behind. Those of accepted employees go with
        # the batch that reads them, where they may turn out to be back.
        for table in t.DATA_TABLES:
            if not selected(table):
                continue
            gone = known.of(table).gone
            if not gone:
                continue
            gone = gone - package.keys(table)
            if table in (t.EMPLOYEE_PROFILES, t.EMPLOYEE_BADGES):
                gone = {key for key in gone if key[0] not in self._accepted}
            package.add(table, self._writer.tombstones(table, gone, now))


def _add_waiting(package: Package, waiting: list[Row]) -> None:
    taken = {key[0] for key in package.keys(t.BADGE_READS)}
    package.add(t.BADGE_READS, [row for row in waiting if row["employee_id"] not in taken])
