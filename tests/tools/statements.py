"""Whether an answer says, in the documented form, that somebody or a badge is not there.

No damage can be told from such an answer: the API may say so at any time.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Hashable
from typing import Any

from workforce_source.sandbox import Entry
from workforce_source.sandbox.options import EMPLOYEE_STATES

Record = dict[str, Any]


def says_less(entry: Entry, true: bytes, sent: bytes) -> bool:
    """Whether an answer to a request is well-formed and lacks somebody, or a badge.

    What a walk of a whole list leaves out says nothing; what it says of a state does.

    Args:
        entry: The request.
        true: The body that answers it.
        sent: The body in question.
    """
    try:
        body = json.loads(sent)
    except (ValueError, RecursionError):
        return False
    said = body.get("data") if isinstance(body, dict) else None
    known = json.loads(true)["data"]
    if isinstance(known, dict):
        if not isinstance(said, dict):
            return False
        if entry.endpoint == "employee":
            return _id(said) not in (None, known["id"])
        return _leaves(said, known) or _lacks(said.get("badges"), known["badges"], _id)
    name = _id if entry.endpoint == "employees" else _external
    if "filter" in entry.query:
        return _lacks(said, known, name)
    if entry.endpoint != "employees" or not isinstance(said, list):
        return False
    states = {record["id"]: record for record in known}
    return any(_leaves(record, states[_id(record)]) for record in said if _id(record) in states)


def _leaves(said: Record, known: Record) -> bool:
    state = said.get("employee_state")
    return state in EMPLOYEE_STATES and state != known.get("employee_state")


def _lacks(said: object, known: list[Record], name: Callable[[Any], Hashable]) -> bool:
    if not isinstance(said, list):
        return False
    names = {name(record) for record in said}
    return None not in names and not {name(record) for record in known} <= names


def _id(record: Any) -> str | None:
    found = record.get("id") if isinstance(record, dict) else None
    usable = isinstance(found, str | int) and not isinstance(found, bool) and found != ""
    return str(found) if usable else None


def _external(record: Any) -> Hashable:
    badge = record.get("external_badge") if isinstance(record, dict) else None
    owner = _id(record.get("employee")) if isinstance(record, dict) else None
    if owner is None or not isinstance(badge, dict):
        return None
    return owner, str(badge.get("credly_record_id"))
