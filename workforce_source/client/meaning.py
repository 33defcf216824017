"""What an answer means: the records of its body, an error, or seconds to wait.

A body has the shape the API page documents, or nothing of it is believed: an answer without
`badges` would otherwise read as an employee without badges, and remove them all. Headers may slow
us down; none is a reason to go faster.

What may not be in here: waiting itself, and the types of single attributes (`tables` knows those).
"""

import math
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlsplit

from workforce_source.client.decoding import decode
from workforce_source.client.origin import Reply
from workforce_source.endpoints import Endpoint, Shape, Write
from workforce_source.exceptions import (
    ApiError,
    AuthenticationError,
    ConfigError,
    NotReadable,
    UnexpectedResponse,
    WorkforceError,
)
from workforce_source.throttle import Outcome

Record = dict[str, Any]
"""One record as the API sent it."""
_EXPECTED: dict[type, str] = {list: "a list", dict: "an object", str: "a text"}
# Statuses that may pass: too many requests, and timeouts a server reports. So may whatever is the
# server's own fault.
MAY_PASS = {429: Outcome.REFUSED, 408: Outcome.FAILED, 425: Outcome.FAILED}
# A shorter reset is rounded up by most servers: the pace finds such limits more exactly.
SHORTEST_RESET = 1.0
# Longer waits are all the same to us: no run waits for them.
A_YEAR = 365 * 86400.0
# Larger numbers of seconds are times since 1970.
EPOCH = 1e8


class NoSuchPage(ApiError):
    """A page beyond the first does not exist (any more)."""


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a list.

    Attributes:
        records: The records, untouched; none on many pages of external badges.
        number: The page's number, from 1.
        total_pages: Pages there are, as of this answer.
        total_count: What the API counts in all; on external badges it may be employees.
        per: What the API counts on a full page.
        more: Whether it names a next page, whatever it says of how many there are.
        content: What tells its records from those of another page.
    """

    records: list[Record]
    number: int
    total_pages: int
    total_count: int | None
    per: int | None
    more: bool
    content: int


@dataclass(frozen=True, slots=True)
class Written:
    """What came of one write.

    Attributes:
        status: HTTP status; None where the answer was lost and what came of it was found out.
        record: The employee it answered, if it answered one.
        message: The API's words for what it refused, which may be about people.
    """

    status: int | None
    record: Record | None = field(default=None, repr=False)
    message: str = field(default="", repr=False)

    @property
    def done(self) -> bool:
        """Whether the API did it."""
        return self.status is None or self.status < 300


def written_of(reply: Reply, write: Write) -> Written | None:
    """Get what a write did, or was refused for its content; None where another attempt may help.

    Raises:
        AuthenticationError: The credentials may not write.
    """
    status = reply.status
    if status == 403:
        raise AuthenticationError(
            f"The credentials may not write (403 for {write.method} {write.path}). Take a token"
            " with write and delete permission; one that only reads is enough for loads.",
            status=status,
        )
    if status in (401, 407) or 300 <= status < 400 or outcome_of(status) is not Outcome.ANSWERED:
        return None
    body: Any = None
    with suppress(ValueError):
        body = decode(reply.body)
    if status < 300 and reply.body.strip() and body is None:
        return None  # a page for people, or half an answer: whose it is, nobody knows
    data = body.get("data") if isinstance(body, dict) else None
    if not isinstance(data, dict):
        return Written(status)
    return Written(status, data, str(data.get("message") or ""))


def page_of(body: Any, endpoint: Endpoint, number: int) -> Page:
    """Get the page a body holds.

    Args:
        body: The decoded body.
        endpoint: The list it came from.
        number: The page that was asked for.

    Raises:
        UnexpectedResponse: The body is not that page, or a record is not what the endpoint says.
    """
    named = _checked(body, {"data": [endpoint.shape], "metadata": {}}, endpoint)
    counts = {
        key: value for key, value in body["metadata"].items() if type(value) is int and value >= 0
    }
    if counts.get("current_page") != number:
        raise surprise(endpoint, "metadata.current_page", "the page that was asked for")
    if "total_pages" not in counts:
        raise surprise(endpoint, "metadata.total_pages", "a number")
    return Page(
        body["data"],
        number,
        counts["total_pages"],
        counts.get("total_count"),
        counts.get("per"),
        more=bool(body["metadata"].get("next_page_url")),
        content=hash(tuple(map(str, named))),
    )


def record_of(body: Any, endpoint: Endpoint) -> Record:
    """Get the one record a body holds.

    Raises:
        UnexpectedResponse: It is not what the endpoint says.
    """
    _checked(body, {"data": endpoint.shape}, endpoint)
    record: Record = body["data"]
    return record


def _checked(body: Any, shape: Shape, endpoint: Endpoint) -> list[object]:
    """Get what tells records apart, the values the shape ends in; raise where it is not met."""
    ends: list[object] = []
    places: list[tuple[list[Any], Any, str]] = [([body], shape, "")]
    for values, inner, key in places:  # which grow meanwhile: all values of one place at once
        kind: Any = inner if isinstance(inner, type) else type(inner)
        for value in values:
            if not isinstance(value, kind) or (kind is str and not value):
                raise surprise(endpoint, key[1:] or "the body", _EXPECTED[kind])
        if kind is list:
            places.append(([each for value in values for each in value], inner[0], key))
        elif kind is dict:
            places += [
                ([value.get(name) for value in values], part, f"{key}.{name}")
                for name, part in inner.items()
            ]
        else:
            ends += values
    return ends


def surprise(endpoint: Endpoint | Write, key: str, expected: str) -> UnexpectedResponse:
    """Get the error for an answer that is not the documented shape."""
    return UnexpectedResponse(
        f"{endpoint.path} answered 200, but `{key}` is not {expected}. Check base_url; if it is"
        f' right, the API changed (its page: section "{endpoint.section}") and this package needs'
        " an update. Nothing was removed.",
        path=endpoint.path,
        key=key,
    )


def outcome_of(status: int) -> Outcome:
    """Get what an answer tells the throttle."""
    return MAY_PASS.get(status, Outcome.FAILED if status >= 500 else Outcome.ANSWERED)


def error_of(reply: Reply, endpoint: Endpoint | Write, number: int) -> WorkforceError:
    """Get the error for a status that another attempt would not change."""
    status, path = reply.status, endpoint.path
    if status == 401:
        return AuthenticationError(
            f"The API does not accept the credentials (401 for {path}). Check api_token: tokens end"
            " 180 days after their issue, and belong to either production or sandbox.",
            status=status,
        )
    of_one = isinstance(endpoint, Endpoint) and endpoint.parent is not None
    if of_one and status != 407:
        what = "event" if "{event}" in path else "employee"
        return NotReadable(
            f"One {what} cannot be read: {status} for {path}. The {what} is tried again later.",
            status=status,
            path=path,
        )
    if 300 <= status < 400:
        host = "no usable address"
        with suppress(ValueError):
            host = urlsplit(reply.headers.get("location", "")).hostname or "the same host"
        return ConfigError(
            f"The API redirects {path} to another address ({host}). Redirects are not followed,"
            " because the credentials would go with them: set base_url to the address that answers."
        )
    if status == 403:
        return AuthenticationError(
            f"The credentials may not read this organization (403 for {path}). Check"
            " organization_id, and that the token or the scope covers Workforce.",
            status=status,
        )
    if status == 404 and number > 1:
        return NoSuchPage(f"Page {number} of {path} does not exist.", status=status, path=path)
    if status == 404:
        return ConfigError(
            f"The API knows no such organization (404 for {path}). Check organization_id and"
            " base_url; base_url ends with the version, such as /v1."
        )
    return ApiError(
        f"A proxy asks for credentials (407 for {path}). Put user and password into HTTPS_PROXY."
        if status == 407
        else f"The API answered {status} for {path}, which no retry would change. Check the"
        " settings; if they are right, the API changed.",
        status=status,
        path=path,
    )


def asked_to_wait(headers: Mapping[str, str], now: Callable[[], datetime]) -> float | None:
    """Get the seconds of `Retry-After`, which is a number of seconds or an HTTP date.

    Args:
        headers: Headers of the answer.
        now: The wall clock, for answers that do not tell the server's own.
    """
    value = headers.get("retry-after", "")
    seconds = _number(value)
    if math.isnan(seconds) and (until := _http_date(value)):
        seconds = (until - _time_of(headers, now)).total_seconds()
    return min(max(seconds, 0.0), A_YEAR) if math.isfinite(seconds) else None


def until_reset(headers: Mapping[str, str], now: Callable[[], datetime]) -> float | None:
    """Get the seconds until the API grants requests again, when it says that none are left.

    Args:
        headers: Headers of the answer.
        now: The wall clock, for answers that do not tell the server's own.
    """
    for prefix in ("x-ratelimit", "ratelimit"):
        if headers.get(f"{prefix}-remaining") == "0":
            seconds = _number(headers.get(f"{prefix}-reset", ""))
            if seconds > EPOCH:
                seconds -= _time_of(headers, now).timestamp()
            return min(seconds, A_YEAR) if SHORTEST_RESET < seconds < math.inf else None
    return None


def _number(value: str) -> float:
    with suppress(ValueError):
        return float(value)
    return math.nan


def _time_of(headers: Mapping[str, str], now: Callable[[], datetime]) -> datetime:
    """Get the time of the answer by the server's clock; ours may be wrong."""
    return _http_date(headers.get("date", "")) or now()


def _http_date(value: str) -> datetime | None:
    with suppress(ValueError, OverflowError):
        moment = parsedate_to_datetime(value)
        return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return None
