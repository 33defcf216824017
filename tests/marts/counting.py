"""Random organizations, and who has which skill in them, counted in Python one by one.

The counting is written from the definitions, not from the SQL, and shares nothing with it but the
key of a skill.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from random import Random
from typing import Any

from workforce_source.marts import skill_key

Row = dict[str, Any]
Tables = dict[str, list[Row]]
Cell = tuple[str, str, str, str]
"""Organization, dimension, value and skill."""

AS_OF = date(2026, 11, 24)
DIMENSIONS = ("department", "team", "country", "job_family")
_SKILLS = ("SQL", "sql", " SQL", "Rust", "Go", "R", "Data  Modelling", "data modelling", "k8s")
_STATES = ("accepted",) * 6 + ("pending", "created", "rejected")
_BADGE_STATES = ("accepted",) * 6 + ("pending", "rejected", "revoked")
ALIASES = {"k8s": "go"}


def population(seed: int, employees: int) -> Tables:
    """Get the raw tables of two organizations, removed rows and strays among them."""
    rng = Random(seed)
    tables: Tables = {
        name: []
        for name in (
            "employees",
            "badge_reads",
            "badge_templates",
            "badge_template_skills",
            "employee_badges",
            "external_badges",
            "external_badge_skills",
        )
    }
    for organization in ("one", "two"):
        _templates(rng, organization, tables)
        for number in range(employees):
            _person(rng, organization, f"e{number}", tables)
    return tables


def _templates(rng: Random, organization: str, tables: Tables) -> None:
    for number in range(8):
        template = {"organization_id": organization, "id": f"t{number}"}
        tables["badge_templates"].append({**template, "name": f"Badge {number}"})
        for skill in rng.sample(_SKILLS, rng.randrange(4)):
            tables["badge_template_skills"].append(
                {
                    "organization_id": organization,
                    "badge_template_id": template["id"],
                    "skill_name": skill,
                    "skill_key": skill_key(skill),
                    "removed_at": _sometimes(rng, 0.1),
                }
            )


def _person(rng: Random, organization: str, employee: str, tables: Tables) -> None:
    key = {"organization_id": organization, "employee_id": employee}
    state = rng.choice(_STATES)
    tables["employees"].append(
        {
            "organization_id": organization,
            "id": employee,
            "employee_state": state,
            "department": rng.choice(("Sales", "Data", " Data", None)),
            "team": rng.choice(("red", "blue", "green", "")),
            "country": rng.choice(("Kenya", "Peru")),
            "removed_at": _sometimes(rng, 0.05),
        }
    )
    if rng.random() < 0.9:
        tables["badge_reads"].append(
            {
                **key,
                "badges_read_at": None if rng.random() < 0.2 else _at(AS_OF),
                "removed_at": _sometimes(rng, 0.05),
            }
        )
    for number in range(rng.randrange(4)):
        tables["employee_badges"].append(
            {
                **key,
                "id": f"{employee}-{number}",
                "badge_template_id": f"t{rng.randrange(8)}",
                "state": rng.choice(_BADGE_STATES),
                **_dates(rng),
                "removed_at": _sometimes(rng, 0.05),
            }
        )
    for number in range(rng.choice((0, 0, 1, 2))):
        record = {**key, "credly_record_id": f"{employee}-x{number}"}
        tables["external_badges"].append(
            {
                **record,
                "badge_name": rng.choice("ABC"),
                "verified": rng.choice((True, False, None)),
                **_dates(rng),
                "removed_at": _sometimes(rng, 0.05),
            }
        )
        for skill in rng.sample(_SKILLS, rng.randrange(3)):
            tables["external_badge_skills"].append(
                {**record, "skill_name": skill, "skill_key": skill_key(skill)}
            )


def _dates(rng: Random) -> Row:
    row: Row = {}
    for name, days in (("issued", rng.randrange(-900, 15)), ("expires", rng.randrange(-200, 900))):
        if rng.random() < 0.7:
            day = AS_OF + timedelta(days=days)
            row[f"{name}_at_date"] = day
            if rng.random() < 0.7:
                row[f"{name}_at"] = _at(day)
    return row


def _at(day: date) -> datetime:
    return datetime.combine(day, time(12), UTC)


def _sometimes(rng: Random, share: float) -> datetime | None:
    return _at(AS_OF) if rng.random() < share else None


@dataclass(frozen=True)
class Person:
    """One employee, with the skills they have."""

    organization: str
    employee: str
    groups: tuple[tuple[str, str], ...]
    connected: bool
    known: bool
    skills: dict[str, bool]
    """Whether it is verified, by skill."""
    lapsing: frozenset[str]


def people_of(tables: Tables) -> Iterator[Person]:
    """Get everybody who is there, with their skills."""
    reads = {
        (r["organization_id"], r["employee_id"]): r["badges_read_at"]
        for r in _live(tables["badge_reads"])
    }
    for row in _live(tables["employees"]):
        key = (row["organization_id"], row["id"])
        connected = row["employee_state"] == "accepted"
        groups = [("all", "all"), *((name, _value(row, name)) for name in DIMENSIONS)]
        skills: dict[str, bool] = {}
        ends: dict[str, date] = {}
        for skill, verified, end in _active_skills(tables, *key):
            skills[skill] = skills.get(skill, False) or verified
            ends[skill] = max(ends.get(skill, date.min), end)
        yield Person(
            *key,
            tuple(groups),
            connected,
            connected and reads.get(key) is not None,
            skills,
            frozenset(s for s, end in ends.items() if (end - AS_OF).days <= 90),
        )


def _active_skills(
    tables: Tables, organization: str, employee: str
) -> Iterator[tuple[str, bool, date]]:
    for skill, verified, issued, expires in _evidence(tables, organization, employee):
        if issued <= AS_OF <= expires:
            yield skill, verified, expires


def _evidence(
    tables: Tables, organization: str, employee: str
) -> Iterator[tuple[str, bool, date, date]]:
    """Get skill, verified, and the first and last valid day of accepted badges, skill by skill."""
    mine = (organization, employee)
    for badge in _of(tables["employee_badges"], mine):
        if badge["state"] == "accepted":
            for row in _live(tables["badge_template_skills"]):
                if (row["organization_id"], row["badge_template_id"]) == (
                    organization,
                    badge["badge_template_id"],
                ):
                    yield _merged(row), True, *_validity(badge)
    for badge in _of(tables["external_badges"], mine):
        for row in _of(tables["external_badge_skills"], mine):
            if row["credly_record_id"] == badge["credly_record_id"]:
                yield _merged(row), badge["verified"] is True, *_validity(badge)


def _validity(badge: Row) -> tuple[date, date]:
    return badge.get("issued_at_date") or date.min, badge.get("expires_at_date") or date.max


def _merged(row: Row) -> str:
    key: str = row["skill_key"]
    return ALIASES.get(key, key)


def _value(employee: Row, dimension: str) -> str:
    return (employee.get(dimension) or "").strip() or "(unknown)"


def _live(rows: list[Row]) -> list[Row]:
    return [row for row in rows if row.get("removed_at") is None]


def _of(rows: list[Row], employee: tuple[str, str]) -> list[Row]:
    return [r for r in _live(rows) if (r["organization_id"], r["employee_id"]) == employee]


def counted(tables: Tables) -> dict[Cell, tuple[int, ...]]:
    """Get employees, connected, known, people, verified, not known and lapsing of every cell.

    A cell in which nobody has the skill is not there.
    """
    people = list(people_of(tables))
    cells: dict[Cell, tuple[int, ...]] = {}
    for organization in {person.organization for person in people}:
        mine = [person for person in people if person.organization == organization]
        for group in {group for person in mine for group in person.groups}:
            inside = [person for person in mine if group in person.groups]
            for skill in {skill for person in inside for skill in person.skills}:
                having = [p for p in inside if skill in p.skills]
                known = [p for p in having if p.known]
                cells[organization, *group, skill] = (
                    len(inside),
                    sum(p.connected for p in inside),
                    sum(p.known for p in inside),
                    len(known),
                    sum(p.skills[skill] for p in known),
                    len(having) - len(known),
                    sum(skill in p.lapsing for p in known),
                )
    return cells


def asked(tables: Tables, wanted: Iterable[tuple[str, str, str]]) -> set[Cell]:
    """Get the cells that are counted even where nobody has the skill.

    Args:
        tables: The raw tables.
        wanted: Dimension, value and skill of each target of every organization.
    """
    wanted = list(wanted)
    cells: set[Cell] = set()
    for person in people_of(tables):
        evidence = _evidence(tables, person.organization, person.employee)
        skills = {skill for skill, *_ in evidence} | {skill for *_, skill in wanted}
        cells |= {(person.organization, "all", "all", skill) for skill in skills}
        cells |= {(person.organization, *cell) for cell in wanted if cell[:2] in person.groups}
    return cells


def velocity(tables: Tables) -> dict[tuple[str, date, str, str], tuple[int, int, int]]:
    """Get badges earned, earners, badges lapsed by organization, month, department, source."""
    earned: dict[tuple[str, date, str, str], set[tuple[str, str]]] = {}
    lapsed: dict[tuple[str, date, str, str], set[tuple[str, str]]] = {}
    for row in _live(tables["employees"]):
        mine = (row["organization_id"], row["id"])
        badges = [
            *((b, "credly", b["badge_template_id"]) for b in _of(tables["employee_badges"], mine)),
            *((b, "external", b["badge_name"]) for b in _of(tables["external_badges"], mine)),
        ]
        for badge, source, what in badges:
            issued, expires = badge.get("issued_at_date"), badge.get("expires_at_date")
            if badge.get("state", "accepted") != "accepted" or not issued or issued > AS_OF:
                continue
            for day, counted_in in ((issued, earned), (expires, lapsed)):
                if day and (counted_in is earned or day < AS_OF):
                    key = (mine[0], day.replace(day=1), _value(row, "department"), source)
                    counted_in.setdefault(key, set()).add((mine[1], what))
    return {
        key: (
            len(earned.get(key, ())),
            len({employee for employee, _ in earned.get(key, ())}),
            len(lapsed.get(key, ())),
        )
        for key in earned.keys() | lapsed.keys()
    }


def history(tables: Tables) -> dict[tuple[str, date, str], int]:
    """Get the known people with a skill by organization, month's end and skill, today included."""
    holders: dict[tuple[str, date, str], set[str]] = {}
    for organization in ("one", "two"):
        spans = [
            (person.employee, skill, issued, expires)
            for person in people_of(tables)
            if person.known and person.organization == organization
            for skill, _, issued, expires in _evidence(tables, organization, person.employee)
            if issued <= AS_OF
        ]
        started = min((span[2] for span in spans if span[2] != date.min), default=AS_OF)
        days = [AS_OF - timedelta(days=days) for days in range(1827)]
        ends = [d for d in days if (d + timedelta(days=1)).day == 1 and d >= started and d != AS_OF]
        for day in (AS_OF, *ends):
            for employee, skill, issued, expires in spans:
                if issued <= day <= expires:
                    holders.setdefault((organization, day, skill), set()).add(employee)
    return {key: len(employees) for key, employees in holders.items()}
