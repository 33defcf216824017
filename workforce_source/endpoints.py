"""What the API offers to read and to write: one row of facts for each endpoint.

A new endpoint is one more row here, its tables in `tables`, and a route of the sandbox. An endpoint
that needs a ninth field is a resource of its own, not a flag.

What may not be in here: requests, settings, and how a record becomes rows.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, ClassVar, Final
from urllib.parse import quote

__all__ = [
    "ACCEPTED",
    "CREATE_EMPLOYEE",
    "DELETE_EMPLOYEE",
    "EMPLOYEE",
    "EMPLOYEES",
    "EMPLOYEE_DATA",
    "ENDPOINTS",
    "EVENT",
    "EVENTS",
    "EXTERNAL_BADGES",
    "LISTS",
    "NOT_ACCEPTED",
    "SEND_INVITATIONS",
    "UPDATE_EMPLOYEE",
    "Endpoint",
    "Shape",
    "Write",
    "employee_path",
    "event_path",
]

Shape = dict[str, Any] | list[Any] | type
"""What a value has to be: an object with certain attributes, a list of one shape, `str` for a text
that is not empty, or `object` for anything, nothing too. Attributes beside those named are free."""

ACCEPTED: Final = "accepted"
"""The state of an employee who shows badges."""
NOT_ACCEPTED: Final = ("created", "pending", "rejected")
"""The other states the API page names. Any other word, or none, says nothing of badges."""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One endpoint of the API, as its page describes it.

    A list without a parent is walked by every run; its resource and its main table have its name.

    Attributes:
        method: The HTTP method.
        name: Name in counts, logs and messages.
        path: Path below `base_url`, with `{organization_id}` and, for one employee, `{employee}`.
        section: Heading of the section of the API page this row rests on.
        shape: What a record needs to be believed; its texts tell it from the others of a list.
        cursor: Column that moves when the API says a row moved; none where it says nothing.
        parent: Name of the endpoint whose records fill `{employee}`; none for lists.
        params: Query parameters of every request.
        counted: Whether `total_count` of a list counts its records.
    """

    method: ClassVar[str] = "GET"
    name: str
    path: str
    section: str
    shape: Shape = field(default_factory=lambda: {"id": str})
    cursor: str | None = None
    parent: str | None = None
    params: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    counted: bool = True


@dataclass(frozen=True, slots=True)
class Write:
    """One write of the API, as its page describes it.

    Attributes:
        name: Name in counts, logs and messages.
        path: Path below `base_url`, with `{organization_id}` and, for one employee, `{employee}`.
        section: Heading of the section of the API page this row rests on.
        method: The HTTP method.
    """

    name: str
    path: str
    section: str
    method: str


# Ascending creation is the one documented order in which new employees land on the last page and
# shift nobody else.
EMPLOYEES = Endpoint(
    name="employees",
    path="organizations/{organization_id}/employees",
    section="Get Employees",
    cursor="employee_state_updated_at",
    params=MappingProxyType({"sort": "created_at"}),
)
EMPLOYEE = Endpoint(
    name="employee",
    path="organizations/{organization_id}/employees/{employee}",
    section="Get a Single Employee",
    parent="employees",
)
EMPLOYEE_DATA = Endpoint(
    name="employee_data",
    path="organizations/{organization_id}/employees/{employee}/data",
    section="Employee Data API",
    shape={"id": str, "badges": [{"id": str}]},
    parent="employees",
)
EXTERNAL_BADGES = Endpoint(
    name="external_badges",
    path="organizations/{organization_id}/employee_external_badges",
    section="Employee External Badges API",
    shape={"employee": {"id": str}, "external_badge": {"credly_record_id": object}},
    cursor="refreshed_at",
    counted=False,
)
ENDPOINTS = (EMPLOYEES, EMPLOYEE, EMPLOYEE_DATA, EXTERNAL_BADGES)
LISTS = tuple(endpoint for endpoint in ENDPOINTS if endpoint.parent is None)
"""What a run walks, in this order where one list follows from another."""
# Of no table, and so not among those a run walks: they say whose badges may have changed.
EVENTS = Endpoint(
    name="events",
    path="organizations/{organization_id}/events",
    section="Webhooks",
)
EVENT = Endpoint(
    name="event",
    path="organizations/{organization_id}/events/{event}",
    section="Webhooks",
    parent="events",
)
CREATE_EMPLOYEE = Write("create_employee", EMPLOYEES.path, "Create an Employee", "POST")
UPDATE_EMPLOYEE = Write("update_employee", EMPLOYEE.path, "Update an Employee", "PUT")
DELETE_EMPLOYEE = Write("delete_employee", EMPLOYEE.path, "Delete an Employee", "DELETE")
SEND_INVITATIONS = Write(
    "send_invitations", f"{EMPLOYEES.path}/send_invitations", "Invite an Employee", "POST"
)


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
    return template.replace("{employee}", _encoded(key))


def event_path(template: str, event_id: str) -> str:
    """Get a path with the id of an event in it, percent-encoded in full: anybody may have sent it.

    Args:
        template: Path with an `{event}` placeholder.
        event_id: Id of the event; not empty.
    """
    return template.replace("{event}", _encoded(event_id))


def _encoded(key: str) -> str:
    # A segment of dots alone is taken for a step upwards even though quoting leaves it as it is.
    return quote(key, safe="") if key.strip(".") else "%2E" * len(key)
