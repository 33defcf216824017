"""The writes of the API page: create, update, delete, invite; what they change, reads show.

No routing and no credentials; what a body may hold is checked here.
"""

import re
from collections.abc import Collection
from typing import Any

import orjson

from workforce_source.sandbox.calls import Answer, Call, Refusal
from workforce_source.sandbox.model import EMPLOYEE_ATTRIBUTES, Employee
from workforce_source.sandbox.options import EMPLOYEE_STATES
from workforce_source.sandbox.organization import Organization
from workforce_source.sandbox.reads import single
from workforce_source.sandbox.times import to_milliseconds, to_text

_NOBODY_WRITES = (
    "id",
    "created_at",
    "employee_state",
    "employee_state_updated_at",
    "last_invitation_sent_at",
    "full_name",
    "photo_url",
    "location",
)
CREATE_ATTRIBUTES = tuple(name for name in EMPLOYEE_ATTRIBUTES if name not in _NOBODY_WRITES)
"""What a new employee may have ("Create an Employee")."""
UPDATE_ATTRIBUTES = tuple(name for name in CREATE_ATTRIBUTES if name != "email")
"""What may be changed ("Update an Employee"): everything but the e-mail."""
_INVITABLE = tuple(state for state in EMPLOYEE_STATES if state != "accepted")
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")


def create(organization: Organization, call: Call) -> Answer:
    """Answer "Create an Employee"."""
    given = _attributes(_object(call.body), CREATE_ATTRIBUTES)
    missing = [name for name in organization.options.required if not given.get(name)]
    if missing:
        raise Refusal(422, f"{', '.join(missing)} can't be blank")
    if not _EMAIL.fullmatch(given["email"]):
        raise Refusal(422, "email is invalid")
    same = given["email"].casefold()
    if any(employee.email.casefold() == same for employee in organization.population.employees):
        raise Refusal(422, "email has already been taken")
    now = to_milliseconds(organization.now())
    employee = Employee(
        id=organization.population.new_id(),
        created_at=now,
        employee_state="created",
        employee_state_updated_at=now,
        **given,
    )
    organization.population.add(employee)
    return single(organization, employee, 201)


def update(organization: Organization, call: Call) -> Answer:
    """Answer "Update an Employee": what is not given stays as it is."""
    employee = organization.found(call)
    given = _attributes(_object(call.body), UPDATE_ATTRIBUTES)
    emptied = [n for n in organization.options.required if n in given and not given[n]]
    if emptied:
        raise Refusal(422, f"{', '.join(emptied)} can't be blank")
    organization.population.edit(employee.id, **given)
    return single(organization, employee)


def delete(organization: Organization, call: Call) -> Answer:
    """Answer "Delete an Employee"."""
    organization.population.remove(organization.found(call).id)
    return Answer(204, b"")


def invite(organization: Organization, call: Call) -> Answer:
    """Answer "Invite an Employee": the invited are pending from now on.

    Whoever has accepted is not invited again, and an identifier that leads to nobody is
    passed over: the page has no word for either in the answer.
    """
    body = _object(call.body) if call.body else {}
    _only(body, ("employee_list", "list_type", "statuses"))
    states = body.get("statuses") or _INVITABLE
    if not _texts(states) or not set(states) <= set(_INVITABLE):
        raise Refusal(422, f"statuses takes {', '.join(_INVITABLE)}")
    wanted = body.get("employee_list")
    attribute = body.get("list_type")
    if wanted and attribute not in ("email", "external_id"):
        raise Refusal(422, "list_type must be email or external_id")
    if wanted and not _texts(wanted):
        raise Refusal(422, "employee_list must be a list of texts")
    keys = {key.casefold() for key in wanted or ()}
    now = to_milliseconds(organization.now())
    with organization.population.changing():
        for employee in organization.population.employees:
            key = (getattr(employee, str(attribute)) or "").casefold() if wanted else None
            if employee.employee_state in states and (key is None or key in keys):
                employee.last_invitation_sent_at = now
                if employee.employee_state != "pending":
                    employee.employee_state = "pending"
                    employee.employee_state_updated_at = now
    return Answer(200, orjson.dumps({"data": {"resend_start": to_text(now)}}))


def _object(body: bytes) -> dict[str, Any]:
    try:
        value = orjson.loads(body)
    except orjson.JSONDecodeError:
        raise Refusal(400, "The body is no JSON.") from None
    if not isinstance(value, dict):
        raise Refusal(422, "The body must be an object.")
    return value


def _only(body: dict[str, Any], names: Collection[str]) -> None:
    unknown = [name for name in body if name not in names]
    if unknown:
        raise Refusal(422, f"{', '.join(unknown)}: no such parameter")


def _attributes(body: dict[str, Any], names: Collection[str]) -> dict[str, Any]:
    _only(body, names)
    wrong = [name for name, value in body.items() if not isinstance(value, str | None)]
    if wrong:
        raise Refusal(422, f"{', '.join(wrong)} must be text or null")
    return body


def _texts(value: Any) -> bool:
    return isinstance(value, list | tuple) and all(isinstance(item, str) for item in value)
