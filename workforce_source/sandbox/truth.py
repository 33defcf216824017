"""The whole state as rows, in the shape a faithful copy of it must have.

Written from the state, not from the JSON, so that a mistake in one does not hide in the other.
Which columns exist is said here once more, on purpose: nothing is shared with who reads the API.
"""

import re
import unicodedata
from collections.abc import Callable, Iterator
from typing import Any

from workforce_source.sandbox.model import Employee, ExternalBadge, Population

Row = dict[str, Any]
Truth = dict[str, list[Row]]
"""Rows by table name."""

_EMPLOYEE_COLUMNS = (
    "id",
    "email",
    "created_at",
    "employee_state",
    "employee_state_updated_at",
    "last_invitation_sent_at",
    "first_name",
    "last_name",
    "full_name",
    "photo_url",
    "team",
    "external_id",
    "position_title",
    "manager_first_name",
    "manager_last_name",
    "manager_external_id",
    "location",
    "country",
    "zip_code",
    "state_or_province",
    "department",
    "organization_level_1",
    "organization_level_2",
    "organization_level_3",
    "job_family",
)
_BADGE_COLUMNS = (
    "id",
    "issued_to",
    "issued_to_first_name",
    "issued_to_middle_name",
    "issued_to_last_name",
    "issued_at",
    "issued_at_date",
    "expires_at",
    "expires_at_date",
    "state",
    "public",
)
_EXTERNAL_COLUMNS = (
    "credly_record_id",
    "type",
    "badge_name",
    "badge_description",
    "credential_number",
    "issuer_name",
    "issued_at",
    "issued_at_date",
    "expires_at",
    "expires_at_date",
    "badge_url",
    "badge_id",
    "refreshed_at",
    "verified",
    "image_url",
)
TIMESTAMPS = frozenset(
    {
        "created_at",
        "employee_state_updated_at",
        "last_invitation_sent_at",
        "issued_at",
        "expires_at",
        "refreshed_at",
    }
)
"""Columns that hold an instant, in every table that has them."""
DATES = frozenset({"issued_at_date", "expires_at_date"})
"""Columns that hold a day."""


def skill_key(name: str) -> str:
    """Get what spellings of one skill share: NFKC, single spaces, no case."""
    return " ".join(re.split(r"\s+", unicodedata.normalize("NFKC", name).strip())).casefold()


class TruthTeller:
    """Answers what every table should hold right now.

    Args:
        population: The state; hold its lock while rows are read.
        organization_id: Stands in every row.
        lists_external_badges_of: Tells whose external badges the API lists.
    """

    def __init__(
        self,
        population: Population,
        organization_id: str,
        lists_external_badges_of: Callable[[Employee], bool],
    ) -> None:
        self._population = population
        self._organization_id = organization_id
        self._listed = lists_external_badges_of

    def tables(self) -> Truth:
        """Get the rows of every table."""
        return {name: list(self.rows(name)) for name in TABLES}

    def rows(self, table: str) -> Iterator[Row]:
        """Get the rows of one table, one after the other.

        Raises:
            KeyError: There is no such table.
        """
        for row in TABLES[table](self):
            row["organization_id"] = self._organization_id
            yield row

    def _accepted(self) -> Iterator[Employee]:
        return (e for e in self._population.in_order() if e.employee_state == "accepted")

    def _employees(self) -> Iterator[Row]:
        for employee in self._population.in_order():
            yield {name: getattr(employee, name) for name in _EMPLOYEE_COLUMNS}

    def _profiles(self) -> Iterator[Row]:
        for employee in self._accepted():
            yield {
                "employee_id": employee.id,
                "bio": employee.bio,
                "vanity_url": employee.vanity_url,
                "badge_count": sum(badge.visible for badge in employee.badges),
            }

    def _badges(self) -> Iterator[Row]:
        for employee in self._accepted():
            for badge in employee.badges:
                if badge.visible:
                    yield {
                        **{name: getattr(badge, name) for name in _BADGE_COLUMNS},
                        "employee_id": employee.id,
                        "badge_template_id": badge.template.id,
                        "issuer_name": badge.template.issuer.name,
                        "issuer_image_url": badge.template.issuer.image_url,
                    }

    def _templates(self) -> Iterator[Row]:
        seen = set()
        for employee in self._accepted():
            for badge in employee.badges:
                template = badge.template
                if badge.visible and template.id not in seen:
                    seen.add(template.id)
                    yield {
                        "id": template.id,
                        "name": template.name,
                        "description": template.description,
                        "image": template.image,
                        "image_url": template.image_url,
                        "skills": template.skills,
                    }

    def _template_rows(self) -> Iterator[Row]:
        for row in self._templates():
            del row["skills"]
            yield row

    def _template_skills(self) -> Iterator[Row]:
        for row in self._templates():
            for skill in dict.fromkeys(row["skills"]):
                yield {
                    "badge_template_id": row["id"],
                    "skill_name": skill,
                    "skill_key": skill_key(skill),
                }

    def _external(self) -> Iterator[tuple[Employee, ExternalBadge]]:
        for employee in self._population.in_order():
            if self._listed(employee):
                for badge in employee.external_badges:
                    yield employee, badge

    def _external_badges(self) -> Iterator[Row]:
        for employee, badge in self._external():
            yield {
                **{name: getattr(badge, name) for name in _EXTERNAL_COLUMNS},
                "employee_id": employee.id,
                "employee_external_id": employee.external_id,
                "badge_criteria_id": badge.criteria_id,
                "badge_criteria_narrative": badge.criteria_narrative,
            }

    def _external_skills(self) -> Iterator[Row]:
        for employee, badge in self._external():
            for skill in dict.fromkeys(badge.skills):
                yield {
                    "employee_id": employee.id,
                    "credly_record_id": badge.credly_record_id,
                    "skill_name": skill,
                    "skill_key": skill_key(skill),
                }


TABLES: dict[str, Callable[[TruthTeller], Iterator[Row]]] = {
    "employees": TruthTeller._employees,
    "employee_profiles": TruthTeller._profiles,
    "employee_badges": TruthTeller._badges,
    "badge_templates": TruthTeller._template_rows,
    "badge_template_skills": TruthTeller._template_skills,
    "external_badges": TruthTeller._external_badges,
    "external_badge_skills": TruthTeller._external_skills,
}
"""How the rows of each table are told."""
