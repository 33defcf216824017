"""Whether a body has the shape the API page documents; anything else stops before it is believed.

An answer without `badges` would otherwise read as an employee without badges, and remove them all.

What may not be in here: requests, and the types of single attributes (`tables` knows those).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from workforce_source.endpoints import Endpoint, Shape
from workforce_source.exceptions import UnexpectedResponse

Record = dict[str, Any]
"""One record as the API sent it."""
_EXPECTED: dict[type, str] = {list: "a list", dict: "an object", str: "a text"}


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a list.

    Attributes:
        records: The records, untouched; none on many pages of external badges.
        number: The page's number, from 1.
        total_pages: Pages there are, as of this answer.
        total_count: What the API counts in all; on external badges it may be employees.
        per: What the API counts on a full page.
        content: What tells its records from those of another page.
    """

    records: list[Record]
    number: int
    total_pages: int
    total_count: int | None
    per: int | None
    content: int


def page_of(body: Record, endpoint: Endpoint, number: int) -> Page:
    """Get the page a body holds.

    Args:
        body: The decoded body.
        endpoint: The list it came from.
        number: The page that was asked for.

    Raises:
        UnexpectedResponse: The body is not that page, or a record is not what the endpoint says.
    """
    metadata = body.get("metadata")
    if not isinstance(metadata, dict):
        raise surprise(endpoint, "metadata", "an object")
    counts = {key: value for key, value in metadata.items() if type(value) is int and value >= 0}
    if counts.get("current_page") != number:
        raise surprise(endpoint, "metadata.current_page", "the page that was asked for")
    if "total_pages" not in counts:
        raise surprise(endpoint, "metadata.total_pages", "a number")
    content = hash(tuple(map(str, _checked(body["data"], [endpoint.shape], "data", endpoint))))
    return Page(
        body["data"],
        number,
        counts["total_pages"],
        counts.get("total_count"),
        counts.get("per"),
        content,
    )


def record_of(body: Record, endpoint: Endpoint) -> Record:
    """Get the one record a body holds.

    Raises:
        UnexpectedResponse: It is not what the endpoint says.
    """
    record: Record = body["data"]
    tuple(_checked(record, endpoint.shape, "data", endpoint))
    return record


def _checked(value: Any, shape: Shape, key: str, endpoint: Endpoint) -> Iterator[object]:
    """Get what tells records apart, the values the shape ends in; raise where it is not met."""
    kind: Any = shape if isinstance(shape, type) else type(shape)
    if not isinstance(value, kind) or (kind is str and not value):
        raise surprise(endpoint, key, _EXPECTED[kind])
    if isinstance(shape, list):
        for each in value:
            yield from _checked(each, shape[0], key, endpoint)
    elif isinstance(shape, dict):
        for name, inner in shape.items():
            yield from _checked(value.get(name), inner, f"{key}.{name}", endpoint)
    else:
        yield value


def surprise(endpoint: Endpoint, key: str, expected: str) -> UnexpectedResponse:
    """Get the error for an answer that is not the documented shape."""
    return UnexpectedResponse(
        f"{endpoint.path} answered 200, but `{key}` is not {expected}. Check base_url; if it is"
        f' right, the API changed (its page: section "{endpoint.section}") and this package needs'
        " an update. Nothing was removed.",
        path=endpoint.path,
        key=key,
    )
