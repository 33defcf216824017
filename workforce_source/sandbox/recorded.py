"""A population from recorded answers: the state that makes the sandbox answer them again.

Reading bodies only; inventing people is in `populate.py`.
"""

from collections.abc import Iterable
from datetime import date, datetime

from workforce_source.sandbox.answers import Json
from workforce_source.sandbox.model import (
    Badge,
    Employee,
    ExternalBadge,
    Issuer,
    Population,
    Template,
)

_DERIVED = ("full_name", "location", "badges")


def population_from_records(
    employees: Iterable[Json], external_badges: Iterable[Json] = ()
) -> Population:
    """Get the population that answers these records.

    Args:
        employees: Records of "Get Employees", "Get a Single Employee" or the "Employee Data API".
        external_badges: Records of the "Employee External Badges API"; of the employees above.

    Raises:
        KeyError: A record lacks a documented attribute, or an external badge its employee.
    """
    templates: dict[str, Template] = {}
    people = {record["id"]: _employee(record, templates) for record in employees}
    for record in external_badges:
        owner = people[record["employee"]["id"]]
        owner.external_badges.append(_external_badge(record["external_badge"]))
    return Population(people.values(), templates.values())


def _employee(record: Json, templates: dict[str, Template]) -> Employee:
    stamps = ("created_at", "employee_state_updated_at", "last_invitation_sent_at")
    values = {name: value for name, value in record.items() if name not in _DERIVED}
    return Employee(
        **values | {name: _instant(record[name]) for name in stamps},
        badges=[_badge(badge, templates) for badge in record.get("badges", ())],
    )


def _badge(record: Json, templates: dict[str, Template]) -> Badge:
    earned = record["badge_template"]
    # whoever was answered a badge saw it: as the employer's own it is visible in every state
    issuer = Issuer(**record["issuer"], employer=True)
    template = templates.setdefault(earned["id"], Template(**earned, issuer=issuer))
    values = {name: record[name] for name in record if name not in ("badge_template", "issuer")}
    return Badge(**values | _dated(record), template=template)


def _external_badge(record: Json) -> ExternalBadge:
    criteria, status = record["badge_criteria"], record["verification_status"]
    nested = ("badge_criteria", "verification_status")
    values = {name: value for name, value in record.items() if name not in nested}
    values |= _dated(record) | {
        "refreshed_at": _instant(record["refreshed_at"]),
        "skills": [skill["name"] for skill in record["skills"]],
        "criteria_id": criteria and criteria["id"],
        "criteria_narrative": criteria and criteria["narrative"],
        "verified": status and status["verified"],
    }
    return ExternalBadge(**values, bare=criteria is None or status is None)


def _dated(record: Json) -> Json:
    return {
        "issued_at": _instant(record["issued_at"]),
        "issued_at_date": _day(record["issued_at_date"]),
        "expires_at": _instant(record["expires_at"]),
        "expires_at_date": _day(record["expires_at_date"]),
    }


def _instant(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None
