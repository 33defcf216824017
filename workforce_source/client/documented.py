"""Whether a body has the shape the API page documents; anything else stops before it is believed.

An answer without `badges` would otherwise read as an employee without badges, and remove them all.

What may not be in here: requests, and the types of single attributes (`tables` knows those).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from workforce_source.endpoints import Endpoint
from workforce_source.exceptions import UnexpectedResponse

Record = dict[str, Any]
"""One record as the API sent it."""


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a list.

    Attributes:
        records: The records, untouched; none on many pages of external badges.
        number: The page's number, from 1.
        total_pages: Pages there are, as of this answer.
        total_count: What the API counts in all; on external badges it may be employees.
        per: What the API counts on a full page.
    """

    records: list[Record]
    number: int
    total_pages: int
    total_count: int | None
    per: int | None


def page_of(body: Record, endpoint: Endpoint, number: int) -> Page:
    """Get the page a body holds.

    Args:
        body: The decoded body.
        endpoint: The list it came from.
        number: The page that was asked for.

    Raises:
        UnexpectedResponse: The body is not that page.
    """
    metadata = body.get("metadata")
    if not isinstance(metadata, dict):
        raise surprise(endpoint, "metadata", "an object")
    echoed = _count(metadata, "current_page")
    if echoed != number:
        raise surprise(endpoint, "metadata.current_page", "the page that was asked for")
    total_pages = _count(metadata, "total_pages")
    if total_pages is None:
        raise surprise(endpoint, "metadata.total_pages", "a number")
    records = body["data"]
    if not isinstance(records, list):
        raise surprise(endpoint, "data", "a list")
    for record in records:
        identity(record, endpoint)
    return Page(
        records, number, total_pages, _count(metadata, "total_count"), _count(metadata, "per")
    )


def employee_of(body: Record, endpoint: Endpoint) -> Record:
    """Get the one record a body holds.

    Raises:
        UnexpectedResponse: The body does not hold an employee, or no badges where they belong.
    """
    record = body["data"]
    identity(record, endpoint)
    if endpoint.unwrap is not None:
        inner = record.get(endpoint.unwrap)
        if not isinstance(inner, list) or not all(isinstance(each, dict) for each in inner):
            raise surprise(endpoint, f"data.{endpoint.unwrap}", "a list of objects")
    return record  # type: ignore[no-any-return]  # identity() made sure it is an object


def identity(record: object, endpoint: Endpoint) -> tuple[object, ...]:
    """Get what tells a record from the others of its endpoint.

    Raises:
        UnexpectedResponse: The record has no identity.
    """
    if not isinstance(record, dict):
        raise surprise(endpoint, "data", "objects")
    if endpoint.parent is not None or endpoint.unwrap is None:
        return (_id_of(record, endpoint, "data.id"),)
    inner = record.get(endpoint.unwrap)
    if not isinstance(inner, dict):
        raise surprise(endpoint, f"data.{endpoint.unwrap}", "an object")
    owner = _id_of(record.get("employee"), endpoint, "data.employee.id")
    return owner, inner.get(endpoint.primary_key[-1])


def _id_of(value: object, endpoint: Endpoint, key: str) -> str:
    found = value.get("id") if isinstance(value, dict) else None
    if not isinstance(found, str) or not found:
        raise surprise(endpoint, key, "a text")
    return found


def surprise(endpoint: Endpoint, key: str, expected: str) -> UnexpectedResponse:
    """Get the error for an answer that is not the documented shape."""
    return UnexpectedResponse(
        f"{endpoint.path} answered 200, but `{key}` is not {expected}. Check base_url; if it is"
        f' right, the API changed (its page: section "{endpoint.section}") and this package needs'
        " an update. Nothing was removed.",
        path=endpoint.path,
        key=key,
    )


def _count(metadata: Record, key: str) -> int | None:
    value = metadata.get(key)
    known = isinstance(value, int) and not isinstance(value, bool) and value >= 0
    return value if known else None
