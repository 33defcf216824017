"""Who is there and what they hold, as objects, from what the sandbox held at a run. No SQL.

Written from docs/metrics.md; which figures are made of it is in by_hand.py.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from typing import Any, TypeVar

from tests.questions.organization import SEEDS, Organization
from tests.tools.compare import Rows

K = TypeVar("K")
V = TypeVar("V")
UNKNOWN = "(unknown)"
ALIASES = {alias.alias_key: alias.skill_key for alias in SEEDS.aliases}


@dataclass(frozen=True)
class Badge:
    """One badge somebody holds, from either source."""

    source: str
    id: str
    name: str
    issuer: str | None
    what: tuple[Any, ...]
    """Copies of one badge have this in common."""
    accepted: bool
    verified: bool
    skills: frozenset[str]
    issued: date | None
    expires: date | None

    def valid(self, day: date) -> bool:
        """Whether it counts on a day."""
        begun = self.issued is None or self.issued <= day
        return self.accepted and begun and not self.ended(day)

    def ended(self, day: date) -> bool:
        """Whether its last day is past."""
        return self.expires is not None and self.expires < day

    @property
    def lasts_until(self) -> date:
        """Its last day, however far."""
        return self.expires or date.max


@dataclass(frozen=True)
class Person:
    """One employee at the time of a run."""

    row: dict[str, Any]
    known: bool
    badges: tuple[Badge, ...]

    @property
    def id(self) -> str:
        """The employee's id."""
        return str(self.row["id"])

    def group(self, dimension: str) -> str:
        """What the employee counts in."""
        return "all" if dimension == "all" else (self.row[dimension] or "").strip() or UNKNOWN

    def holding(self, day: date, skill: str | None = None) -> list[Badge]:
        """Badges that count on a day, and stand for a skill."""
        valid = [badge for badge in self.badges if badge.valid(day)]
        return [badge for badge in valid if skill is None or skill in badge.skills]

    def skills(self, day: date) -> set[str]:
        """What the employee can do on a day, as far as badges say."""
        return {skill for badge in self.holding(day) for skill in badge.skills}


class People:
    """Everybody at the time of a run.

    Args:
        told: The organization.
        number: Which run; the last one unless given.
    """

    def __init__(self, told: Organization, number: int = -1) -> None:
        runs = told.runs[: told.runs.index(told.runs[number]) + 1]
        self.truth = runs[-1].truth
        self.day = runs[-1].at.date()
        self.read_at: dict[str, datetime] = {}
        for run in runs:
            self.read_at |= dict.fromkeys(run.read, run.at)

    @cached_property
    def all(self) -> list[Person]:
        """Everybody."""
        held: dict[str, list[Badge]] = {}
        for employee, badge in (*self._credly(), *self._external()):
            held.setdefault(employee, []).append(badge)
        return [
            Person(
                row,
                row["employee_state"] == "accepted" and row["id"] in self.read_at,
                tuple(held.get(row["id"], ())),
            )
            for row in self.truth["employees"].values()
        ]

    @property
    def known(self) -> list[Person]:
        """Those whose badges were read."""
        return [person for person in self.all if person.known]

    def by(self, dimension: str) -> dict[str, list[Person]]:
        """Everybody by group."""
        return grouped((person.group(dimension), person) for person in self.all)

    def _credly(self) -> Iterator[tuple[str, Badge]]:
        skills = skills_by(self.truth["badge_template_skills"], "badge_template_id")
        templates = {row["id"]: row for row in self.truth["badge_templates"].values()}
        for row in self.truth["employee_badges"].values():
            if row["employee_id"] in self.read_at:
                template = templates[row["badge_template_id"]]
                yield (
                    row["employee_id"],
                    Badge(
                        source="credly",
                        id=row["id"],
                        name=template["name"],
                        issuer=row["issuer_name"],
                        what=(template["id"],),
                        accepted=row["state"] == "accepted",
                        verified=True,
                        skills=frozenset(skills.get(template["id"], ())),
                        issued=day_of(row, "issued_at"),
                        expires=day_of(row, "expires_at"),
                    ),
                )

    def _external(self) -> Iterator[tuple[str, Badge]]:
        skills = skills_by(self.truth["external_badge_skills"], "credly_record_id")
        for row in self.truth["external_badges"].values():
            yield (
                row["employee_id"],
                Badge(
                    source="external",
                    id=row["credly_record_id"],
                    name=row["badge_name"],
                    issuer=row["issuer_name"],
                    what=(row["issuer_name"], row["badge_name"] or row["credly_record_id"]),
                    accepted=True,
                    verified=row["verified"] is True,
                    skills=frozenset(skills.get(row["credly_record_id"], ())),
                    issued=day_of(row, "issued_at"),
                    expires=day_of(row, "expires_at"),
                ),
            )


def grouped(pairs: Iterable[tuple[K, V]]) -> dict[K, list[V]]:
    """Values by key."""
    found: dict[K, list[V]] = {}
    for key, value in pairs:
        found.setdefault(key, []).append(value)
    return found


def skills_by(rows: Rows, column: str) -> dict[str, set[str]]:
    """Skills, aliases merged, by what stands for them."""
    found: dict[str, set[str]] = {}
    for row in rows.values():
        key: str = row["skill_key"]
        found.setdefault(row[column], set()).add(ALIASES.get(key, key))
    return found


def day_of(row: dict[str, Any], column: str) -> date | None:
    """The UTC day of a time, or the date beside it."""
    at: datetime | None = row[column]
    day: date | None = at.date() if at else row[f"{column}_date"]
    return day
