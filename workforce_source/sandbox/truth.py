"""The whole state as rows, in the shape a faithful copy of it must have.

Written from the state, not from the JSON, so that a mistake in one does not hide in the other.
Nothing is shared with who reads the API.
"""

import re
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import fields
from functools import partial
from typing import Any

from workforce_source.sandbox.model import (
    EMPLOYEE_ATTRIBUTES,
    Badge,
    Employee,
    ExternalBadge,
    Template,
)
from workforce_source.sandbox.organization import Organization
from workforce_source.sandbox.plain import PLAIN_LISTS, PlainList

Row = dict[str, Any]
Truth = dict[str, list[Row]]
"""Rows by table name."""

_NAMES = [own.name for kind in (Employee, Badge, ExternalBadge) for own in fields(kind)]
TIMESTAMPS = frozenset(name for name in _NAMES if name.endswith("_at"))
"""Columns that hold an instant, in every table that has them."""
DATES = frozenset(name for name in _NAMES if name.endswith("_date"))
"""Columns that hold a day."""


def skill_key(name: str) -> str:
    """Get what spellings of one skill share: NFKC_Casefold, single spaces."""
    seen = "".join(
        c for c in unicodedata.normalize("NFKC", name) if unicodedata.category(c) != "Cf"
    )
    return " ".join(re.split(r"\s+", seen.strip())).casefold()


def rows_of(organization: Organization, table: str) -> Iterator[Row]:
    """Get the rows of one table, one after the other.

    Args:
        organization: Whose; hold the lock of its population while rows are read.
        table: One of `TABLES`.

    Raises:
        ValueError: There is no such table.
    """
    if table not in TABLES:
        raise ValueError(f"{table}: no such table; there is {', '.join(TABLES)}")
    own = {"organization_id": organization.authenticator.organization_id}
    return (row | own for row in TABLES[table](organization))


def _accepted(organization: Organization) -> Iterator[Employee]:
    return (e for e in organization.population.in_order() if e.employee_state == "accepted")


def _employees(organization: Organization) -> Iterator[Row]:
    for employee in organization.population.in_order():
        yield {name: getattr(employee, name) for name in EMPLOYEE_ATTRIBUTES}


def _profiles(organization: Organization) -> Iterator[Row]:
    for employee in _accepted(organization):
        yield {
            "employee_id": employee.id,
            "bio": employee.bio,
            "vanity_url": employee.vanity_url,
            "badge_count": sum(badge.visible for badge in employee.badges),
        }


def _seen(organization: Organization) -> Iterator[tuple[Employee, Badge]]:
    for employee in _accepted(organization):
        for badge in employee.badges:
            if badge.visible:
                yield employee, badge


def _badges(organization: Organization) -> Iterator[Row]:
    for employee, badge in _seen(organization):
        yield {
            **_own(badge, "template"),
            "employee_id": employee.id,
            "badge_template_id": badge.template.id,
            "issuer_name": badge.template.issuer.name,
            "issuer_image_url": badge.template.issuer.image_url,
        }


def _templates(organization: Organization) -> Iterator[Template]:
    """Get the templates of the badges that are seen, each once, the first first."""
    seen = {badge.template.id: badge.template for _, badge in _seen(organization)}
    return iter(seen.values())


def _template_rows(organization: Organization) -> Iterator[Row]:
    for template in _templates(organization):
        yield _own(template, "skills", "issuer", "valid_days")


def _template_skills(organization: Organization) -> Iterator[Row]:
    for template in _templates(organization):
        yield from _skills({"badge_template_id": template.id}, template.skills)


def _external(organization: Organization) -> Iterator[tuple[Employee, ExternalBadge]]:
    for employee in organization.population.in_order():
        if organization.lists_external_badges_of(employee):
            for badge in employee.external_badges:
                yield employee, badge


def _external_badges(organization: Organization) -> Iterator[Row]:
    for employee, badge in _external(organization):
        yield {
            **_own(badge, "criteria_id", "criteria_narrative", "skills", "bare"),
            "employee_id": employee.id,
            "employee_external_id": employee.external_id,
            "badge_criteria_id": badge.criteria_id,
            "badge_criteria_narrative": badge.criteria_narrative,
        }


def _external_skills(organization: Organization) -> Iterator[Row]:
    for employee, badge in _external(organization):
        key = {"employee_id": employee.id, "credly_record_id": badge.credly_record_id}
        yield from _skills(key, badge.skills)


def _plain(one: PlainList, organization: Organization) -> Iterator[Row]:
    return iter(organization.population.plain[one.name])


def _skills(key: Row, skills: list[str]) -> Iterator[Row]:
    for skill in dict.fromkeys(skills):
        yield key | {"skill_name": skill, "skill_key": skill_key(skill)}


def _own(thing: Badge | ExternalBadge | Template, *apart: str) -> Row:
    """Get the values of a thing by their names, but for some."""
    return {own.name: getattr(thing, own.name) for own in fields(thing) if own.name not in apart}


TABLES: dict[str, Callable[[Organization], Iterator[Row]]] = {
    "employees": _employees,
    "employee_profiles": _profiles,
    "employee_badges": _badges,
    "badge_templates": _template_rows,
    "badge_template_skills": _template_skills,
    "external_badges": _external_badges,
    "external_badge_skills": _external_skills,
    **{one.name: partial(_plain, one) for one in PLAIN_LISTS},
}
"""How the rows of each table are told."""
