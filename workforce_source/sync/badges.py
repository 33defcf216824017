"""The badges of the employees who are due: read concurrently, compared batch by batch.

Each batch is a package of its own, so that a stopped run repeats at most one. Who is due is
decided in `freshness`; what an answer entitles to call absent is one employee's badges.
"""

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from workforce_source import tables as t
from workforce_source.client import Client
from workforce_source.client.fanout import fan_out
from workforce_source.endpoints import EMPLOYEE_DATA
from workforce_source.exceptions import UnexpectedResponse
from workforce_source.mirror import (
    BadgeRead,
    Difference,
    Held,
    Memory,
    Package,
    RemovalGuard,
    Writer,
    compare,
)
from workforce_source.settings import Settings
from workforce_source.sync.answers import Answered, answered
from workforce_source.sync.employees import DataRead, KeyChooser, Listed, read_data
from workforce_source.sync.report import Report
from workforce_source.tables import RecordReader, Row, Table

MOST_AHEAD = 2_000
"""Answers at most that wait to be used: what comes in while a batch is loaded."""
LONG: Final = timedelta(seconds=4)
"""A batch that is read for so long may end before it is full."""
OVERLAP: Final = timedelta(seconds=1.5)
"""How long what is left may take to read when it ends: about as long as a package is loaded."""
READ, HELD, UNREADABLE = "read", "held", "unreadable"


@dataclass
class HeldTemplates:
    """Badge templates the mirror holds, with the skills of each."""

    templates: Held = field(default_factory=Held)
    skills: dict[str, Held] = field(default_factory=dict)

    @classmethod
    def from_keys(cls, templates: Held, skills: Held) -> "HeldTemplates":
        """Group the skills by template."""
        by_template: dict[str, Held] = {}
        for key, row_hash in skills.live.items():
            by_template.setdefault(key[0], Held()).live[key] = row_hash
        for key in skills.gone:
            by_template.setdefault(key[0], Held()).gone.add(key)
        return cls(templates, by_template)


@dataclass
class Batch:
    """One batch of reads as rows, before it is compared.

    Attributes:
        reads: How each read ended.
        profiles: Rows of `employee_profiles` by employee.
        badges: Rows of `employee_badges`.
        templates: Badge templates by id, as the newest answer of the batch has them.
        baseline: Employees whose first read this is since the first load: no entries.
        baseline_templates: Templates that nobody but they named: no entries either.
    """

    reads: list[DataRead] = field(default_factory=list)
    profiles: list[Row] = field(default_factory=list)
    badges: list[Row] = field(default_factory=list)
    templates: dict[str, dict[str, Any]] = field(default_factory=dict)
    baseline: set[str] = field(default_factory=set)
    baseline_templates: set[str] = field(default_factory=set)


class BadgeReader:
    """Reads the badges of employees and turns each batch into a package.

    Args:
        client: The API.
        reader: Turns records into rows.
        memory: What the destination holds.
        writer: Turns differences into rows with their tracking columns.
        guard: How much may be removed.
        report: Where reads are counted.
        settings: Batch size and requests in flight.
        listed: Every employee on the list.
        known_reads: Earlier reads.
        all_baseline: Every read belongs to a first load: no entries in `changes`.
        profiles: Held keys of `employee_profiles`.
        holders: Employees of whom the mirror holds badges, live or removed.
        templates: Held badge templates.
        now: The clock.
        progress: Told `employee_data`, employees read and employees due.
    """

    def __init__(
        self,
        *,
        client: Client,
        reader: RecordReader,
        memory: Memory,
        writer: Writer,
        guard: RemovalGuard,
        report: Report,
        settings: Settings,
        listed: dict[str, Listed],
        known_reads: dict[str, BadgeRead],
        all_baseline: bool,
        profiles: Held,
        holders: set[str],
        templates: HeldTemplates,
        now: Callable[[], datetime],
        progress: Callable[[str, int, int | None], None],
    ) -> None:
        self._client = client
        self._reader = reader
        self._memory = memory
        self._writer = writer
        self._guard = guard
        self._report = report
        self._settings = settings
        self._listed = listed
        self._known_reads = known_reads
        self._all_baseline = all_baseline
        self._profiles = profiles
        self._holders = holders
        self._templates = templates
        self._now = now
        self._progress = progress
        self._seen_templates: dict[str, dict[str, Any]] = {}
        self.read_at: dict[str, datetime] = {}
        """When each employee read in this run was read."""

    def packages(self, due: Collection[str]) -> Iterator[Package]:
        """Read employees and get a package a batch; requests go on while a batch is loaded.

        Args:
            due: Employee ids, most urgent first.
        """
        keys = KeyChooser(self._listed)

        def read(employee_id: str) -> Answered:
            who = self._listed[employee_id]
            found = read_data(self._client, employee_id, keys.keys(who), self._now())
            return answered(found, self._reader)

        batch, began = Batch(), self._now()
        size = self._settings.checkpoint_every
        failed_in_a_row = 0
        reads = fan_out(
            read,
            due,
            max_workers=self._settings.max_workers,
            look_ahead=min(size, MOST_AHEAD),
            on_abort=self._client.close,
        )
        for done, (_, answer) in enumerate(reads, 1):
            self._progress(EMPLOYEE_DATA.name, done, len(due))
            if isinstance(answer, Exception):
                raise answer
            self._take(batch, answer)
            failed_in_a_row = failed_in_a_row + 1 if batch.reads[-1].error else 0
            if failed_in_a_row > max(self._settings.max_workers, 20):
                # not one employee but the API: what was read is loaded, the rest waits
                yield self._package(batch)
                raise batch.reads[-1].error or UnexpectedResponse()
            read_for = self._now() - began
            if len(batch.reads) >= size or _nearly_done(batch, read_for, len(due) - done):
                package = self._package(batch)
                batch = Batch()  # before the package is loaded, which needs the memory
                yield package
                began = self._now()
        if batch.reads:
            yield self._package(batch)

    def _take(self, batch: Batch, answer: Answered) -> None:
        employee_id = answer.read.employee_id
        known = self._known_reads.get(employee_id)
        baseline = self._all_baseline or (known is not None and known.read.baseline)
        if baseline:
            batch.baseline.add(employee_id)
        if answer.profile is not None:
            batch.profiles.append(answer.profile)
        batch.badges += answer.badges
        for template_id, template in answer.templates.items():
            if not baseline:
                batch.baseline_templates.discard(template_id)
            elif template_id not in batch.templates:
                batch.baseline_templates.add(template_id)
            batch.templates[template_id] = template
        batch.reads.append(answer.read)

    def _package(self, batch: Batch) -> Package:
        package = Package()
        now = self._now()
        good = {r.employee_id for r in batch.reads if r.record is not None}
        with self._memory.connected():
            # nobody is read twice in a run: who had no badges here when it began has none now
            held_badges = self._memory.held_by(t.EMPLOYEE_BADGES, good & self._holders)
            held_profiles = Held(
                {(i,): h for i in good if (h := self._profiles.live.get((i,))) is not None},
                {(i,) for i in good if (i,) in self._profiles.gone},
            )
            profiles = compare(t.EMPLOYEE_PROFILES, batch.profiles, held_profiles)
            badges = compare(t.EMPLOYEE_BADGES, batch.badges, held_badges)
            templates, skills, live_skills = self._compare_templates(batch.templates)
            allowed = self._guard.allows(
                {
                    t.EMPLOYEE_PROFILES.name: 0,
                    t.EMPLOYEE_BADGES.name: len(held_badges.live),
                    t.BADGE_TEMPLATE_SKILLS.name: live_skills,
                },
                {
                    t.EMPLOYEE_PROFILES.name: len(profiles.absent),
                    t.EMPLOYEE_BADGES.name: len(badges.absent),
                    t.BADGE_TEMPLATE_SKILLS.name: len(skills.absent),
                },
            )
            for table, difference, first_of in (
                (t.EMPLOYEE_PROFILES, profiles, batch.baseline),
                (t.EMPLOYEE_BADGES, badges, batch.baseline),
                (t.BADGE_TEMPLATES, templates, batch.baseline_templates),
                (t.BADGE_TEMPLATE_SKILLS, skills, batch.baseline_templates),
            ):
                first, later = _split(difference, table, first_of)
                for part, baseline in ((first, True), (later, False)):
                    removed = part.absent if allowed else []
                    self._writer.write(
                        package, table, part, now, removed=removed, baseline=baseline
                    )
            for table, held in (
                (t.EMPLOYEE_PROFILES, held_profiles),
                (t.EMPLOYEE_BADGES, held_badges),
            ):
                if held.gone and not self._writer.soft:
                    left = held.gone - package.keys(table)
                    package.add(table, self._writer.tombstones(table, left, now))
        kept = set() if allowed else {key[0] for key in (*badges.absent, *profiles.absent)}
        package.add(
            t.BADGE_READS,
            [r for read in batch.reads if (r := self._row(read, kept, batch.baseline))],
        )
        self._seen_templates.update(batch.templates)
        return package.close()

    def _compare_templates(
        self, templates: dict[str, dict[str, Any]]
    ) -> tuple[Difference, Difference, int]:
        rows = Difference()
        skills = Difference()
        live = 0
        for template_id, template in templates.items():
            if self._seen_templates.get(template_id) == template:
                continue
            row, skill_rows = self._reader.template(template)
            key = t.BADGE_TEMPLATES.key_of(row)
            held = self._templates.skills.setdefault(key[0], Held())
            live += len(held.live)
            one = Held()
            if (row_hash := self._templates.templates.live.get(key)) is not None:
                one.live[key] = row_hash
            rows.extend(compare(t.BADGE_TEMPLATES, [row], one))
            skills.extend(compare(t.BADGE_TEMPLATE_SKILLS, skill_rows, held))
            self._templates.templates.live[key] = row["row_hash"]
            held.live = {t.BADGE_TEMPLATE_SKILLS.key_of(s): s["row_hash"] for s in skill_rows}
        return rows, skills, live

    def _row(self, read: DataRead, kept: set[str], baseline: set[str]) -> Row | None:
        if read.error is not None:
            self._report.given_up += 1
            return None
        known = self._known_reads.get(read.employee_id)
        before = None if known is None else known.read.read_at
        row: Row = {
            "organization_id": self._settings.organization_id,
            "employee_id": read.employee_id,
            "badges_read_at": before,
            "attempted_at": read.at,
            "state_stamp": self._listed[read.employee_id].state_stamp,
            "http_status": None,
            "baseline": read.employee_id in baseline,
        }
        if read.record is None:
            self._report.unreadable[read.http_status] += 1
            self._report.unreadable_ids.append(read.employee_id)
            if known is None or known.status != UNREADABLE:
                self._report.newly_unreadable += 1
            return row | {"read_status": UNREADABLE, "http_status": read.http_status}
        self._report.read += 1
        if read.employee_id in kept:
            # not a good read: what it called absent is still here, so it is due again
            return row | {"read_status": HELD, "badges_read_at": None}
        self.read_at[read.employee_id] = read.at
        return row | {"read_status": READ, "badges_read_at": read.at}


def _nearly_done(batch: Batch, read_for: timedelta, left: int) -> bool:
    """Tell whether the rest of a long run of reads would be read while this batch is loaded.

    It is then a batch of its own, so that little has to be loaded once all is read.
    """
    return left > 0 and read_for >= LONG and left * read_for <= OVERLAP * len(batch.reads)


def _split(difference: Difference, table: Table, ids: set[str]) -> tuple[Difference, Difference]:
    """Cut a difference in two: where the first column of the key is one of `ids`, and the rest."""
    inside, outside = Difference(), Difference()
    first = table.key[0]
    for row in difference.added:
        (inside if row[first] in ids else outside).added.append(row)
    for row in difference.changed:
        (inside if row[first] in ids else outside).changed.append(row)
    for key in difference.absent:
        (inside if key[0] in ids else outside).absent.append(key)
    return inside, outside
