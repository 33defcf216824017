"""What the API offers to read: one row of facts for each endpoint.

A new endpoint is one more row here, its tables in `tables`, and a route of the sandbox. An endpoint
that needs a ninth field is a resource of its own, not a flag.

What may not be in here: requests, settings, and how a record becomes rows.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from urllib.parse import quote

__all__ = [
    "EMPLOYEE",
    "EMPLOYEES",
    "EMPLOYEE_DATA",
    "ENDPOINTS",
    "EXTERNAL_BADGES",
    "Endpoint",
    "employee_path",
]


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One endpoint of the API, as its page describes it.

    Attributes:
        name: Name in counts, logs and messages.
        path: Path below `base_url`, with `{organization_id}` and, for one employee, `{employee}`.
        section: Heading of the section of the API page this row rests on.
        primary_key: Columns that name one row of the endpoint's main table in an organization.
        cursor: Column that moves when the API says a row moved; none where it says nothing.
        parent: Name of the endpoint whose records fill `{employee}`; none for lists.
        params: Query parameters of every request.
        unwrap: Attribute of a record that wraps what the endpoint is for: of a list, the fields
            beside the `employee` they belong to; of one employee, a list. None where they lie open.
    """

    name: str
    path: str
    section: str
    primary_key: tuple[str, ...]
    cursor: str | None = None
    parent: str | None = None
    params: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    unwrap: str | None = None


# Ascending creation is the one documented order in which new employees land on the last page and
# shift nobody else.
EMPLOYEES = Endpoint(
    name="employees",
    path="organizations/{organization_id}/employees",
    section="Get Employees",
    primary_key=("id",),
    cursor="employee_state_updated_at",
    params=MappingProxyType({"sort": "created_at"}),
)
EMPLOYEE = Endpoint(
    name="employee",
    path="organizations/{organization_id}/employees/{employee}",
    section="Get a Single Employee",
    primary_key=("id",),
    cursor="employee_state_updated_at",
    parent="employees",
)
EMPLOYEE_DATA = Endpoint(
    name="employee_data",
    path="organizations/{organization_id}/employees/{employee}/data",
    section="Employee Data API",
    primary_key=("employee_id", "id"),
    parent="employees",
    unwrap="badges",
)
EXTERNAL_BADGES = Endpoint(
    name="external_badges",
    path="organizations/{organization_id}/employee_external_badges",
    section="Employee External Badges API",
    primary_key=("employee_id", "credly_record_id"),
    cursor="refreshed_at",
    unwrap="external_badge",
)
ENDPOINTS = (EMPLOYEES, EMPLOYEE, EMPLOYEE_DATA, EXTERNAL_BADGES)


def employee_path(template: str, key: str) -> str:
    """Get a path with the employee's key in it, percent-encoded in full.

    E-mails hold `+` and `'`, external ids hold spaces and `/`: nothing of the key may become a
    part of the path, a query or a step upwards.

    Args:
        template: Path with an `{employee}` placeholder.
        key: external_id or e-mail of the employee; the API page documents no other key.

    Raises:
        ValueError: The key is empty; the path would address the list of all employees.
    """
    if not key:
        message = f"an employee without external_id and e-mail has no {template}"
        raise ValueError(message)
    # A segment of dots alone is taken for a step upwards even though quoting leaves it as it is.
    encoded = quote(key, safe="") if key.strip(".") else "%2E" * len(key)
    return template.replace("{employee}", encoded)
