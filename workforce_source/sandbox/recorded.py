"""A population from recorded answers: the state that makes the sandbox answer them again.

Reading bodies only; inventing people is in `populate.py`.
"""

from collections.abc import Iterable

from workforce_source.sandbox.model import (
    Badge,
    Employee,
    ExternalBadge,
    Issuer,
    Template,
)
from workforce_source.sandbox.population import Population
from workforce_source.sandbox.records import Json
from workforce_source.sandbox.times import with_times


def population_from_records(
    employees: Iterable[Json], external_badges: Iterable[Json] = ()
) -> Population:
    """Get the population that answers these records.

    Args:
        employees: Records of "Get Employees", "Get a Single Employee" or the "Employee Data API".
        external_badges: Records of the "Employee External Badges API"; of the employees above.

    Raises:
        KeyError: An external badge lacks its employee.
        TypeError: A record lacks a documented attribute.
    """
    templates: dict[str, Template] = {}
    people = {record["id"]: _employee(record, templates) for record in employees}
    for record in external_badges:
        owner = people[record["employee"]["id"]]
        owner.external_badges.append(_external_badge(record["external_badge"]))
    return Population(people.values(), templates.values())


def _employee(record: Json, templates: dict[str, Template]) -> Employee:
    badges = [_badge(badge, templates) for badge in record.get("badges", ())]
    return Employee(**_values(record, "full_name", "location", "badges"), badges=badges)


def _badge(record: Json, templates: dict[str, Template]) -> Badge:
    earned = record["badge_template"]
    # whoever was answered a badge saw it: as the employer's own it is visible in every state
    issuer = Issuer(**record["issuer"], employer=True)
    template = templates.setdefault(earned["id"], Template(**earned, issuer=issuer))
    return Badge(**_values(record, "badge_template", "issuer"), template=template)


def _external_badge(record: Json) -> ExternalBadge:
    criteria, status = record["badge_criteria"], record["verification_status"]
    return ExternalBadge(
        **_values(record, "badge_criteria", "verification_status", "skills"),
        skills=[skill["name"] for skill in record["skills"]],
        criteria_id=criteria and criteria["id"],
        criteria_narrative=criteria and criteria["narrative"],
        verified=status and status["verified"],
        bare=criteria is None or status is None,
    )


def _values(record: Json, *apart: str) -> Json:
    """Get the values of a record but those that are told apart, its times as times."""
    return with_times({name: value for name, value in record.items() if name not in apart})
