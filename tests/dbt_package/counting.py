"""What the metrics should say, counted person by person from the raw rows, in Python.

Nothing of the marts is used but what the documentation says; no SQL joins or groups anything.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import UTC, date, timedelta
from typing import Any

import dlt

from workforce_source.marts import skill_key

FOREVER = date.max
Figures = dict[str, float | None]


@dataclass
class Person:
    """One employee, and until when they have which skill."""

    department: str
    state: str
    known: bool
    until: dict[str, date] = field(default_factory=dict)
    verified: set[str] = field(default_factory=set)


def people_of(
    pipeline: dlt.Pipeline, aliases: dict[str, str], as_of: date
) -> tuple[list[Person], set[str]]:
    """Everybody, and every skill a badge or template of the organization names."""

    def merged(name: str) -> str:
        return aliases.get(skill_key(name), skill_key(name))

    read = {
        row["employee_id"]
        for row in rows(pipeline, "badge_reads")
        if row["badges_read_at"] is not None
    }
    people = {
        row["id"]: Person(
            (row["department"] or "").strip() or "(unknown)",
            row["employee_state"],
            row["employee_state"] == "accepted" and row["id"] in read,
        )
        for row in rows(pipeline, "employees")
    }
    taught: dict[Any, set[str]] = defaultdict(set)
    for row in rows(pipeline, "badge_template_skills"):
        taught[row["badge_template_id"]].add(merged(row["skill_name"]))
    for row in rows(pipeline, "external_badge_skills"):
        taught[row["employee_id"], row["credly_record_id"]].add(merged(row["skill_name"]))
    for row in rows(pipeline, "employee_badges"):
        if row["state"] == "accepted":
            note(people, row, taught[row["badge_template_id"]], as_of, verified=True)
    for row in rows(pipeline, "external_badges"):
        skills = taught[row["employee_id"], row["credly_record_id"]]
        note(people, row, skills, as_of, verified=row["verified"] is True)
    named = set().union(*taught.values()) - {""}
    return list(people.values()), named


def note(
    people: dict[str, Person], row: dict[str, Any], skills: set[str], as_of: date, *, verified: bool
) -> None:
    """Note what a badge says of its employee, if it counts on that day."""
    issued, expires = day(row, "issued_at"), day(row, "expires_at")
    counts = (issued is None or issued <= as_of) and (expires is None or expires >= as_of)
    if row["employee_id"] in people and counts:
        person = people[row["employee_id"]]
        for skill in skills - {""}:
            person.until[skill] = max(person.until.get(skill, date.min), expires or FOREVER)
            if verified:
                person.verified.add(skill)


def day(row: dict[str, Any], name: str) -> date | None:
    """The UTC day of a time, else the date the API gave beside it."""
    if row[name] is not None:
        moment: date = row[name].astimezone(UTC).date()
        return moment
    given: date | None = row[f"{name}_date"]
    return given


def figures(people: list[Person], skills: set[str], as_of: date) -> Figures:
    """The metrics of a group: people who have any of the skills, each once."""
    soon = as_of + timedelta(days=90)

    def having(among: list[Person]) -> list[Person]:
        return [p for p in among if skills & p.until.keys()]

    known = [p for p in people if p.known]
    unknown = [p for p in people if not p.known]
    proven, having_known = len(having(people)), len(having(known))
    lapsing = [p for p in known if any(p.until.get(s, FOREVER) <= soon for s in skills)]
    return {
        "employees": len(people),
        "connected": sum(p.state == "accepted" for p in people),
        "known": len(known),
        "people": having_known,
        "people_verified": sum(bool(p.verified & skills) for p in known),
        "people_not_known": len(having(unknown)),
        "people_lapsing_90d": len(lapsing),
        "people_proven": proven,
        "people_possible": having_known + len(unknown),
        "coverage": having_known / len(known) if known else None,
        "coverage_low": proven / len(people),
        "coverage_high": (having_known + len(unknown)) / len(people),
    }


def rows(pipeline: dlt.Pipeline, table: str) -> list[dict[str, Any]]:
    """The rows of a raw table that are not removed."""
    with (
        pipeline.sql_client() as client,
        client.execute_query(f"SELECT * FROM {pipeline.dataset_name}.{table}") as cursor,
    ):
        names = [column[0] for column in cursor.description]
        found = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
    return [row for row in found if row["removed_at"] is None]
