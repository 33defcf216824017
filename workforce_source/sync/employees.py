"""Reading one employee by a key that may lie: external id or e-mail, never the id itself.

The answer's own `id` must be the one asked for; nothing is ever taken for another person's.
No destination, no tables.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from workforce_source.client import Answer, Client
from workforce_source.endpoints import EMPLOYEES
from workforce_source.exceptions import ApiError, GivenUp, NotReadable, UnexpectedResponse

GONE = frozenset({404, 410})


class Listed(NamedTuple):
    """What the list says of an employee that reading them needs."""

    external_id: str | None
    email: str | None
    state: str | None
    state_stamp: datetime | None


@dataclass(frozen=True)
class DataRead:
    """How the read of one employee's badges ended.

    Attributes:
        employee_id: The employee.
        at: Just before the (last) request.
        record: The answer, when it is the employee's; None otherwise.
        http_status: What an unreadable employee was answered with; 0 when no key leads to them.
        error: The read was given up after retries, or the answer had not the documented shape:
            nothing is known, the next run asks again.
    """

    employee_id: str
    at: datetime
    record: dict[str, Any] | None = None
    http_status: int = 0
    error: ApiError | None = None


class KeyChooser:
    """Chooses the key an employee is asked for by: one that leads to nobody else.

    Args:
        listed: Every employee on the list, by id.
    """

    def __init__(self, listed: dict[str, Listed]) -> None:
        once: set[str] = set()
        self._shared: set[str] = set()
        for who in listed.values():
            # an employee may have the same text for both keys: that is no clash
            for key in {key.casefold() for key in (who.external_id, who.email) if key}:
                (self._shared if key in once else once).add(key)

    def keys(self, who: Listed) -> list[str]:
        """Get the employee's keys, the better one first."""
        keys = [key for key in (who.external_id, who.email) if key]
        return sorted(keys, key=lambda key: key.casefold() in self._shared)


def read_data(client: Client, employee_id: str, keys: list[str], at: datetime) -> DataRead:
    """Read one employee's badges ("Employee Data API").

    Args:
        client: The API.
        employee_id: The id the answer must have.
        keys: Keys to ask for, the better one first.
        at: The time, for an employee without any key.
    """
    status = 0
    for key in keys:
        try:
            answer = client.data(key)
        except NotReadable as error:
            # the key may lead to somebody else by now, whom nobody may read: ask by the other one
            status = error.status or 0
            continue
        except (UnexpectedResponse, GivenUp) as error:
            return DataRead(employee_id, at, error=error)
        if answer.record.get("id") == employee_id:
            return DataRead(employee_id, answer.started_at, answer.record)
    return DataRead(employee_id, at, http_status=status)


@dataclass(frozen=True)
class Confirmation:
    """Whether an employee missing from the list is there after all.

    Attributes:
        employee_id: The employee.
        record: The employee's record, when they are alive.
        certain: False when nothing could be learned; such an employee stays.
    """

    employee_id: str
    record: dict[str, Any] | None = None
    certain: bool = True


def confirm_gone(client: Client, employee_id: str, known: dict[str, Any]) -> Confirmation:
    """Ask for one employee who is missing from the list ("Get a Single Employee").

    Args:
        client: The API.
        employee_id: The employee's id.
        known: The employee's row as the mirror has it: last known keys and name.
    """
    keys = [key for key in (known.get("external_id"), known.get("email")) if key]
    try:
        for key in keys:
            record = _single(client, key)
            if record is not None and record.get("id") == employee_id:
                return Confirmation(employee_id, record)
        # both keys may have changed since, and a list that changes hides people: ask by name, too
        name = known.get("full_name")
        if name and "|" not in name:  # which would end the filter's value
            for record in _named(client, name):
                if record.get("id") == employee_id:
                    return Confirmation(employee_id, record)
        elif len(keys) < 2:
            return Confirmation(employee_id, certain=False)
    except (NotReadable, GivenUp, UnexpectedResponse):
        return Confirmation(employee_id, certain=False)
    return Confirmation(employee_id)


def _single(client: Client, key: str) -> dict[str, Any] | None:
    try:
        answer: Answer = client.employee(key)
    except NotReadable as error:
        if error.status in GONE:
            return None
        raise
    record: dict[str, Any] = answer.record
    return record


def _named(client: Client, name: str) -> Iterator[dict[str, Any]]:
    for page in client.pages(EMPLOYEES, {"filter": f"name_or_email::{name}"}):
        yield from page.records
