"""The two lists: walked in full, compared page by page, and who is missing from them.

Only what changed is kept of a page, so memory does not grow with the organization's attributes.
Nothing is removed here: what is missing is a candidate (see `removals.py`).
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from workforce_source import tables as t
from workforce_source.client import Client, Page
from workforce_source.endpoints import EMPLOYEES, EXTERNAL_BADGES, Endpoint
from workforce_source.mirror import Difference, Held, compare, sift
from workforce_source.settings import Settings
from workforce_source.sync.employees import Listed
from workforce_source.tables import Key, RecordReader, Row, Table

ACCEPTED: Final = "accepted"
NOT_ACCEPTED: Final = ("created", "pending", "rejected")
"""The other states the API page names. Any other word, or none, says nothing of badges."""
SPILL_AT: Final = 2_000
"""Rows of one table that a first load's list holds before it hands them over."""
_NAMES: Final = ("full_name", "email", "first_name", "last_name")


@dataclass
class Roster:
    """What the list of employees says.

    Attributes:
        listed: Every employee by id, for reading them.
        difference: Rows that differ from the mirror; absent keys are removal candidates.
        newest: The newest `employee_state_updated_at` of the list.
    """

    listed: dict[str, Listed] = field(default_factory=dict)
    difference: Difference = field(default_factory=Difference)
    newest: datetime | None = None

    @property
    def accepted(self) -> dict[str, Any]:
        """`employee_state_updated_at` of every accepted employee, by id."""
        return {
            employee_id: who.state_stamp
            for employee_id, who in self.listed.items()
            if who.state == ACCEPTED
        }

    @property
    def staying(self) -> set[str]:
        """Ids of the employees whose state does not say that they show no badges (any more)."""
        return {i for i, who in self.listed.items() if who.state not in NOT_ACCEPTED}

    def take(self, found: Iterable[tuple[dict[str, Any], Row]], held: Held) -> None:
        """Take in employees, each a record and its row, unless the list already showed them.

        The keys come from the record: the row lacks what the settings exclude.
        """
        rows: list[Row] = []
        for record, row in found:
            if row["id"] in self.listed:
                continue
            external_id, email = (_key(record.get(name)) for name in ("external_id", "email"))
            self.listed[row["id"]] = Listed(
                external_id, email, row["employee_state"], row["employee_state_updated_at"]
            )
            self.newest = _later(self.newest, row["employee_state_updated_at"])
            rows.append(row)
        self.difference.extend(sift(t.EMPLOYEES, rows, held))


@dataclass
class ExternalList:
    """What the list of external badges says, badges and skills.

    Attributes:
        seen: Keys of the records on the list.
        badges: Rows that differ; absent keys are removal candidates.
        skills: The same for the skills of the records on the list.
        newest: The newest `refreshed_at` of the list.
    """

    seen: set[Key] = field(default_factory=set)
    badges: Difference = field(default_factory=Difference)
    skills: Difference = field(default_factory=Difference)
    newest: datetime | None = None


class ListWalker:
    """Walks the lists of one organization.

    Args:
        client: The API.
        reader: Turns records into rows.
        settings: Filter and window of the run.
        progress: Told the name of the list, pages done and pages in all.
        overflow: Takes rows over when a list has found many that differ, so that a first load
            does not hold all of them at once; None keeps them for later looks.
    """

    def __init__(
        self,
        client: Client,
        reader: RecordReader,
        settings: Settings,
        progress: Callable[[str, int, int | None], None],
        overflow: Callable[[Table, Difference], None] | None = None,
    ) -> None:
        self._client = client
        self._reader = reader
        self._settings = settings
        self._progress = progress
        self._overflow = overflow

    def roster(self, held: Held) -> Roster:
        """Walk "Get Employees"; once more when fewer distinct employees came than it counts.

        Args:
            held: Keys and hashes of `employees`.
        """
        roster = Roster()
        for _ in range(2):
            total = 0
            for page in self._pages(EMPLOYEES, self._filter()):
                total = page.total_count or 0
                rows = [self._reader.employee(record, EMPLOYEES.path) for record in page.records]
                pairs = zip(page.records, rows, strict=True)
                roster.take((pair for pair in pairs if self._wanted(pair[0])), held)
                self._spill(t.EMPLOYEES, roster.difference)
            if len(roster.listed) >= total or self._settings.employee_filter:
                break
        roster.difference.absent = [key for key in held.live if key[0] not in roster.listed]
        return roster

    def external(self, held: Held, held_skills: Held) -> ExternalList:
        """Walk "Employee External Badges API".

        Args:
            held: Keys and hashes of `external_badges`.
            held_skills: Keys and hashes of `external_badge_skills`.
        """
        found = ExternalList()
        by_badge = _by_badge(held_skills)
        for page in self._pages(EXTERNAL_BADGES, None):
            rows: list[Row] = []
            for record in page.records:
                row, skills = self._reader.external_badge(record, EXTERNAL_BADGES.path)
                key = t.EXTERNAL_BADGES.key_of(row)
                if key in found.seen:
                    continue
                found.seen.add(key)
                found.newest = _later(found.newest, row["refreshed_at"])
                rows.append(row)
                found.skills.extend(
                    compare(t.EXTERNAL_BADGE_SKILLS, skills, by_badge.get(key, Held()))
                )
            found.badges.extend(sift(t.EXTERNAL_BADGES, rows, held))
            self._spill(t.EXTERNAL_BADGES, found.badges)
            self._spill(t.EXTERNAL_BADGE_SKILLS, found.skills)
        # skills whose badge is not here any more show that the badge's row was lost
        known = held.live.keys() | by_badge.keys()
        found.badges.absent = sorted(known - found.seen)
        return found

    def external_of(
        self, employee_id: str, held: Held, held_skills: Held
    ) -> tuple[Difference, Difference]:
        """Read the external badges of one employee: an answer that may call records absent.

        Args:
            employee_id: The employee.
            held: Keys and hashes of the employee's `external_badges`.
            held_skills: Keys and hashes of the employee's `external_badge_skills`.
        """
        rows: list[Row] = []
        skill_rows: list[Row] = []
        for record in self._client.external_badges_of(employee_id):
            row, skills = self._reader.external_badge(record, EXTERNAL_BADGES.path)
            if row["employee_id"] == employee_id:
                rows.append(row)
                skill_rows += skills
        return (
            compare(t.EXTERNAL_BADGES, rows, held),
            compare(t.EXTERNAL_BADGE_SKILLS, skill_rows, held_skills),
        )

    def _spill(self, table: Table, difference: Difference) -> None:
        if self._overflow is not None and len(difference.added) >= SPILL_AT:
            self._overflow(table, difference)
            difference.added = []

    def _pages(self, endpoint: Endpoint, params: dict[str, str] | None) -> Iterator[Page]:
        for done, page in enumerate(self._client.pages(endpoint, params), 1):
            self._progress(endpoint.name, done, page.total_pages)
            yield page

    def _filter(self) -> dict[str, str] | None:
        wanted = self._settings.employee_filter
        if not wanted:
            return None
        return {"filter": "|".join(f"{key}::{value}" for key, value in sorted(wanted.items()))}

    def _wanted(self, record: dict[str, Any]) -> bool:
        # The page contradicts itself on the name of a key; a server that ignores a filter it
        # does not know answers everybody.
        for key, value in (self._settings.employee_filter or {}).items():
            if key == "name_or_email":
                texts = [str(record.get(name) or "").casefold() for name in _NAMES]
                if not any(value.casefold() in text for text in texts):
                    return False
            elif str(record.get(key) or "").casefold() != value.casefold():
                return False
        return True


def _later(one: datetime | None, other: datetime | None) -> datetime | None:
    return max(one, other) if one and other else one or other


def _key(value: Any) -> str | None:
    return str(value) if value not in (None, "") else None


def _by_badge(skills: Held) -> dict[Key, Held]:
    by_badge: dict[Key, Held] = {}
    for key, row_hash in skills.live.items():
        by_badge.setdefault(key[:2], Held()).live[key] = row_hash
    return by_badge
