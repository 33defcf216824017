"""Removal candidates: held back when there are too many, else confirmed one by one.

A list that changes while it is walked hides living people even when its totals agree, so nobody
is removed on the word of a list. Nothing is written here.
"""

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field
from typing import Any

from workforce_source import tables as t
from workforce_source.client import Client
from workforce_source.client.fanout import fan_out
from workforce_source.endpoints import EMPLOYEE
from workforce_source.exceptions import GivenUp, NotReadable, UnexpectedResponse
from workforce_source.mirror import Difference, Held, Memory, RemovalGuard
from workforce_source.sync.employees import Confirmation, confirm_gone
from workforce_source.sync.lists import ExternalList, ListWalker, Roster
from workforce_source.sync.report import Report
from workforce_source.tables import Key, RecordReader


@dataclass
class Leavers:
    """Who leaves what behind: employees with badge tables' rows who are not accepted any more.

    Attributes:
        employee_ids: Employees with rows in a badge table who are not accepted.
        profiles: Their keys in `employee_profiles`.
        badges: Their keys in `employee_badges`.
        reads: Their keys in `badge_reads`.
    """

    employee_ids: set[str] = field(default_factory=set)
    profiles: list[Key] = field(default_factory=list)
    badges: list[Key] = field(default_factory=list)
    reads: list[Key] = field(default_factory=list)


@dataclass
class Removals:
    """What may be removed after the lists, by table.

    Attributes:
        keys: Live keys to remove, by table name.
        allowed: False when removals are held back for the whole run.
    """

    keys: dict[str, list[Key]] = field(default_factory=dict)
    allowed: bool = True


class RemovalJudge:
    """Decides what is removed after both lists were walked.

    Args:
        client: The API, for confirmations.
        reader: Turns records into rows.
        walker: Reads the external badges of one employee.
        memory: What the destination holds, connected.
        guard: How much may be removed.
        report: Where candidates are counted.
        max_workers: Confirmations in flight.
    """

    def __init__(
        self,
        client: Client,
        reader: RecordReader,
        walker: ListWalker,
        memory: Memory,
        guard: RemovalGuard,
        report: Report,
        max_workers: int,
    ) -> None:
        self._client = client
        self._reader = reader
        self._walker = walker
        self._memory = memory
        self._guard = guard
        self._report = report
        self._max_workers = max_workers

    def leavers(self, staying: Collection[str], held: dict[str, Collection[str]]) -> Leavers:
        """Find whose profiles, badges and reads have no employee any more who may show badges.

        Args:
            staying: Ids of the employees whose badges stay.
            held: Employee ids that have rows, by table name.
        """
        ids = {i for of_table in held.values() for i in of_table if i not in staying}
        return Leavers(
            ids,
            [(i,) for i in ids if i in held[t.EMPLOYEE_PROFILES.name]],
            list(self._memory.held_by(t.EMPLOYEE_BADGES, ids).live),
            [(i,) for i in ids if i in held[t.BADGE_READS.name]],
        )

    def judge(
        self,
        roster: Roster | None,
        employees: Held,
        external: ExternalList | None,
        externals: Held,
        external_skills: Held,
        leavers: Leavers | None,
        live: dict[str, int],
    ) -> Removals:
        """Decide on all candidates at once; alive ones join the lists.

        Args:
            roster: The list of employees, if it was walked.
            employees: Held keys of `employees`.
            external: The list of external badges, if it was walked.
            externals: Held keys of `external_badges`.
            external_skills: Held keys of `external_badge_skills`.
            leavers: What leavers left behind, if badge tables are written.
            live: Live rows by table name.
        """
        missing = [] if roster is None else [key[0] for key in roster.difference.absent]
        absent_external = [] if external is None else external.badges.absent
        departed = set(missing)
        wanted = {
            t.EMPLOYEES.name: len(missing),
            # what a removed employee takes along does not count
            t.EXTERNAL_BADGES.name: sum(key[0] not in departed for key in absent_external),
            t.EXTERNAL_BADGE_SKILLS.name: 0 if external is None else len(external.skills.absent),
        }
        if leavers is not None:
            wanted[t.EMPLOYEE_PROFILES.name] = _staying(leavers.profiles, departed)
            wanted[t.EMPLOYEE_BADGES.name] = _staying(leavers.badges, departed)
        self._report.candidates.update({k: n for k, n in wanted.items() if n})
        allowed = self._guard.allows(live, wanted)
        removals = Removals(allowed=allowed)
        if not allowed:
            return removals

        gone: set[str] = set()
        if roster is not None:
            gone = self._confirm_employees(missing, roster, employees)
            removals.keys[t.EMPLOYEES.name] = [(i,) for i in missing if i in gone]
        if external is not None:
            self._confirm_external(external, gone, externals, external_skills, removals)
        if leavers is not None:
            # a missing employee nobody could confirm keeps everything
            left = leavers.employee_ids - (departed - gone)
            if roster is not None:
                left -= roster.staying
            for table, keys in (
                (t.EMPLOYEE_PROFILES, leavers.profiles),
                (t.EMPLOYEE_BADGES, leavers.badges),
                (t.BADGE_READS, leavers.reads),
            ):
                removals.keys[table.name] = [key for key in keys if key[0] in left]
        return removals

    def _confirm_employees(self, missing: list[str], roster: Roster, held: Held) -> set[str]:
        known = self._memory.rows(t.EMPLOYEES, [(i,) for i in missing])

        def confirm(employee_id: str) -> Confirmation:
            return confirm_gone(self._client, employee_id, known.get((employee_id,), {}))

        gone: set[str] = set()
        for employee_id, answer in self._fan_out(confirm, missing):
            if answer.record is not None:
                self._report.alive[t.EMPLOYEES.name] += 1
                self._guard.removed[t.EMPLOYEES.name] -= 1
                row = self._reader.employee(answer.record, EMPLOYEE.path)
                roster.take([(answer.record, row)], held)
            elif answer.certain:
                gone.add(employee_id)
            else:
                self._report.unconfirmed += 1
                self._guard.removed[t.EMPLOYEES.name] -= 1
        return gone

    def _confirm_external(
        self,
        external: ExternalList,
        gone: set[str],
        externals: Held,
        external_skills: Held,
        removals: Removals,
    ) -> None:
        badges = [key for key in external.badges.absent if key[0] in gone]
        asked = sorted({key[0] for key in external.badges.absent} - gone)
        held = {i: (Held(), Held()) for i in asked}
        for part, of_table in enumerate((externals, external_skills)):
            for key, row_hash in of_table.live.items():
                if key[0] in held:
                    held[key[0]][part].live[key] = row_hash

        def read(employee_id: str) -> tuple[Difference, Difference] | None:
            try:
                return self._walker.external_of(employee_id, *held[employee_id])
            except (NotReadable, GivenUp, UnexpectedResponse):
                return None

        skills: list[Key] = [key for key in external.skills.absent if key[0] not in held]
        for employee_id, answer in self._fan_out(read, asked):
            if answer is None:
                self._report.unconfirmed += 1
                continue
            found, found_skills = answer
            # the employee's own answer replaces what the list said of them
            for difference, newer in (
                (external.badges, found),
                (external.skills, found_skills),
            ):
                difference.added = _others(difference.added, employee_id) + newer.added
                difference.changed = _others(difference.changed, employee_id) + newer.changed
            absent = sum(key[0] == employee_id for key in external.badges.absent)
            self._report.alive[t.EXTERNAL_BADGES.name] += absent - len(found.absent)
            badges += found.absent
            skills += found_skills.absent
        removed = set(badges)
        skills += [key for key in external_skills.live if key[:2] in removed and key[0] not in held]
        removals.keys[t.EXTERNAL_BADGES.name] = [key for key in badges if key in externals.live]
        removals.keys[t.EXTERNAL_BADGE_SKILLS.name] = list(dict.fromkeys(skills))

    def _fan_out(
        self, read: Callable[[str], Any], employee_ids: list[str]
    ) -> Iterator[tuple[str, Any]]:
        yield from fan_out(
            read,
            employee_ids,
            max_workers=self._max_workers,
            look_ahead=self._max_workers * 4,
            on_abort=self._client.close,
        )


def _staying(keys: list[Key], departed: set[str]) -> int:
    return sum(key[0] not in departed for key in keys)


def _others(rows: list[dict[str, Any]], employee_id: str) -> list[dict[str, Any]]:
    return [row for row in rows if row["employee_id"] != employee_id]
