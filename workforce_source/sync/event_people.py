"""Whom events are about: the listed employee each of them names best, if any.

What events of employees hold is not documented, so every object in one is looked at. What may not
be in here: requests, and what becomes of an event.
"""

from collections import deque
from collections.abc import Iterable, Mapping
from typing import Any, Final

from workforce_source.client import Record
from workforce_source.sync.employees import ListedEmployee

_MOST_OBJECTS: Final = 100
_KEYS: Final = (
    ("employee_id", "id"),
    ("id", "id"),
    ("employee_external_id", "external_id"),
    ("external_id", "external_id"),
    ("recipient_email", "email"),
    ("email", "email"),
)
"""Attributes that may name an employee, the surest first, and which key of an employee each is."""


def people_of(records: Iterable[Record], listed: Mapping[str, ListedEmployee]) -> list[str | None]:
    """Get the id of the employee each event is about; None where nothing in it names one.

    Args:
        records: Events, as the API answered them.
        listed: Every employee on the list; one text may be the key of several, the first counts.
    """
    named = [_named(record) for record in records]
    wanted: dict[str, set[str]] = {"id": set(), "external_id": set(), "email": set()}
    for keys in named:
        for key, text in keys:
            wanted[key].add(text)
    found: dict[tuple[str, str], str] = {}
    # once through all of them, with a look at few: an index of everybody would cost a run more
    # than all its requests for events
    for employee_id, who in listed.items() if any(wanted.values()) else ():
        if (text := employee_id.casefold()) in wanted["id"]:
            found.setdefault(("id", text), employee_id)
        if who.external_id and (text := who.external_id.casefold()) in wanted["external_id"]:
            found.setdefault(("external_id", text), employee_id)
        if who.email and (text := who.email.casefold()) in wanted["email"]:
            found.setdefault(("email", text), employee_id)
    return [next((found[key] for key in keys if key in found), None) for keys in named]


def _named(record: Record) -> list[tuple[str, str]]:
    """Get what an event names, the surest first: the name of a key, and its value."""
    objects: list[Mapping[str, Any]] = []
    values: deque[Any] = deque([record])
    while values and len(objects) < _MOST_OBJECTS:
        value = values.popleft()
        if isinstance(value, Mapping):
            objects.append(value)
            values.extend(value.values())
        elif isinstance(value, list):
            values.extend(value[:_MOST_OBJECTS])
    return [
        (key, text.casefold())
        for name, key in _KEYS
        for one in objects
        if isinstance(text := one.get(name), str)
    ]
