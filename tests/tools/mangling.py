"""Answers of the sandbox, damaged: bodies, metadata, heads; nothing in it knows the code it tries.

A damaged answer that is still a well-formed statement of the API ("this employee has no badges")
is no damage: `Mangling` sends the true one then.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st

from tests.tools.statements import says_less
from workforce_source.sandbox import Answer, Entry

READS = ("employees", "external_badges", "employee_data", "employee")
SOMEBODY = "somebody.private@example.com"
"""An e-mail that stands in damaged answers, of nobody in the population."""
GONE = (404, 410)
_DEEP = "as deep as %d"

Slot = tuple[Any, Any]  # an object or a list, and the key or index of one value in it

ATTRIBUTES = (
    *("data", "metadata", "id", "badges", "badge_template", "skills", "issuer", "name", "state"),
    *("employee", "external_badge", "credly_record_id", "refreshed_at", "badge_criteria"),
    *("employee_state", "employee_state_updated_at", "email", "external_id", "full_name", "bio"),
    *("issued_at", "expires_at", "public", "verified", "current_page", "total_pages"),
    *("total_count", "per", "count", "next_page_url", "previous_page_url"),
)

_NUMBERS: list[float] = [0, -1, 1, 2, 3, 49, 200, 2**31, 2**63, -(2**63) - 1, 10**400]
_NUMBERS += [0.5, 1e300, float("nan"), float("inf")]
_TEXTS = ["", " ", "x", "0", "1", "null", "\0", "\ud800", "é" * 5000, "accepted", SOMEBODY]
_TEXTS += ["a/b?c#d", "x|y::z", "'; --", "http://[", "2026-13-45T99:00:00Z"]
_TEXTS += ["9999-12-31T23:59:59+14:00", _DEEP % 200, _DEEP % 100_000]

scalars = st.none() | st.booleans() | st.sampled_from(_NUMBERS) | st.sampled_from(_TEXTS)
values = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from([*ATTRIBUTES, SOMEBODY]), inner, max_size=3)
    ),
    max_leaves=6,
)


@dataclass(frozen=True)
class Change:
    """One change of the values of one name, or of the items of the list of that name.

    Attributes:
        name: Name of an attribute; `*` for items of lists.
        which: The which-th place it is found at, around in circles; None for all of them.
        how: `replace`, `remove`, `rename`, `twice` (the item stands twice), or `swap` (takes the
            value of another place of that name).
        value: What it becomes, or what the new name is made of.
    """

    name: str
    which: int | None
    how: str
    value: Any

    def apply(self, body: Any) -> None:
        """Change a JSON value in place."""
        slots = [slot for slot in _slots(body) if slot[1] == self.name or self._item(slot)]
        if self.which is not None and slots:
            slots = [slots[self.which % len(slots)]]
        held = [owner[key] for owner, key in slots]
        for number, (owner, key) in reversed(list(enumerate(slots))):
            self._change(owner, key, held[number - 1])

    def _item(self, slot: Slot) -> bool:
        return self.name == "*" and isinstance(slot[0], list)

    def _change(self, owner: Any, key: Any, other: Any) -> None:
        if self.how == "remove":
            del owner[key]
        elif self.how == "rename" and isinstance(owner, dict):
            owner[f"{key}_"] = owner.pop(key)
        elif self.how == "twice" and isinstance(owner, list):
            owner.insert(key, copy.deepcopy(owner[key]))
        elif self.how == "swap":
            owner[key] = copy.deepcopy(other)
        else:
            owner[key] = copy.deepcopy(self.value)


def _slots(value: Any) -> Iterator[Slot]:
    """Every place a JSON value holds another at, outer ones first."""
    inner = value.items() if isinstance(value, dict) else enumerate(value)
    for key, held in list(inner):
        yield value, key
        if isinstance(held, dict | list):
            yield from _slots(held)


changes = st.builds(
    Change,
    name=st.sampled_from([*ATTRIBUTES, "*"]),
    which=st.none() | st.integers(0, 7),
    how=st.sampled_from(["replace", "replace", "replace", "remove", "rename", "twice", "swap"]),
    value=values,
)

_BODIES = [
    b"",
    b"{}",
    b"[]",
    b"null",
    b"0",
    b'""',
    b"<html>",
    b"\xff\xfe",
    b" " * 9000,
    b"[" * 5000,
]
_BODIES += [
    b'{"data": {}}',
    b'{"data": []}',
    b'{"data": [[]]}',
    b'{"data": null, "metadata": null}',
]
_BODIES += [f'{{"errors": ["{SOMEBODY} is unknown"]}}'.encode()]
_HEADERS = ["retry-after", "date", "location", "set-cookie", "connection", "link", "etag", "x-any"]
_HEADERS += [f"x-ratelimit-{one}" for one in ("limit", "remaining", "reset")]
_HEADERS += ["ratelimit-reset"]
_HEADER_TEXTS = [
    "",
    "0",
    "1",
    "-1",
    "1e300",
    "nan",
    "9" * 12,
    "soon",
    "close",
    SOMEBODY,
    "\xe9\xff",
]
_HEADER_TEXTS += ["Tue, 24 Nov 2026 10:00:30 GMT", "Tue, 99 Foo 0000 99:99:99 XXX", "x" * 9000]
_HEADER_TEXTS += ["http://127.0.0.1:9/v1", "http://["]
_MEDIA_TYPES = ["", "text/html", "application/json; charset=utf-16", SOMEBODY, "x" * 9000]
_STATUSES = [201, 202, 204, 206, 300, 302, 304, 307, 400, 401, 403, 404, 408, 409, 410, 418, 422]
_STATUSES += [425, 429]
_LENGTHS = [f"Content-Length: {one}" for one in ("0", "10", "9" * 21, "-5", "many", "99999999")]
_LENGTHS += [f"Content-Encoding: {one}" for one in ("gzip", "br", "identity")]
_LENGTHS += [f"Transfer-Encoding: {one}" for one in ("chunked", "gzip, chunked", "identity")]
_LENGTHS += ["X-None: none", " folded", "no colon", "A: b\r\n" * 150 + "C: d"]
_LENGTHS += ["Content-Length: 5\r\nContent-Length: 50"]
headers = st.tuples(st.sampled_from(_HEADERS), st.sampled_from(_HEADER_TEXTS))


@dataclass(frozen=True)
class Mangling:
    """What becomes of the answers of some endpoints.

    Attributes:
        endpoints: Whose answers.
        every: Each answer of them (1), or each second, third.
        changes: What changes in their bodies.
        cut: Share of the body that is left.
        body: Takes the place of the body.
        status: Takes the place of the status.
        headers: Headers more.
        media_type: Takes the place of the Content-Type.
        length: Header lines in place of the Content-Length.
    """

    endpoints: frozenset[str]
    every: int = 1
    changes: tuple[Change, ...] = ()
    cut: float = 1.0
    body: bytes | None = None
    status: int | None = None
    headers: tuple[tuple[str, str], ...] = ()
    media_type: str | None = None
    length: str | None = None

    def __call__(self, entry: Entry, answer: Answer) -> Answer:
        """Get what is sent instead of an answer."""
        if entry.endpoint not in self.endpoints or entry.number % self.every:
            return answer
        status = self.status or answer.status
        if entry.endpoint == "employee" and status in GONE:
            status = answer.status
        body = answer.body if self.body is None else self.body
        if self.changes and answer.status == 200:
            body = self._changed(answer.body)
        body = body[: round(len(body) * self.cut)]
        if answer.status == status == 200 and says_less(entry, answer.body, body):
            body = answer.body
        headers = {**answer.headers, **dict(self.headers)}
        media_type = answer.media_type if self.media_type is None else self.media_type
        raw = None
        if self.length is not None:
            head = f"HTTP/1.1 {status} Whatever\r\nContent-Type: {media_type}\r\n{self.length}\r\n"
            lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
            raw = f"{head}{lines}\r\n".encode("latin-1") + body
        return Answer(status, body, headers, media_type, raw)

    def _changed(self, body: bytes) -> bytes:
        parsed = json.loads(body)
        for change in self.changes:
            change.apply(parsed)
        text = json.dumps(parsed)
        for depth in (200, 100_000):
            text = text.replace(json.dumps(_DEEP % depth), "[" * depth + "]" * depth)
        return text.encode()


endpoints = st.sets(st.sampled_from(READS), min_size=1).map(frozenset)
every = st.sampled_from([1, 1, 1, 2, 3])
some_changes = st.lists(changes, min_size=1, max_size=3).map(tuple)
altered = st.builds(Mangling, endpoints, every, some_changes)
"""Bodies that are JSON still, with values changed; twice as many as others."""
manglings = st.one_of(
    altered,
    altered,
    st.builds(
        Mangling,
        endpoints,
        every,
        cut=st.floats(0, 1) | st.just(1.0),
        body=st.none() | st.binary(max_size=20) | st.sampled_from(_BODIES),
        status=st.none() | st.integers(500, 599) | st.sampled_from(_STATUSES),
        headers=st.lists(headers, max_size=3).map(tuple),
        media_type=st.none() | st.sampled_from(_MEDIA_TYPES),
        length=st.none() | st.sampled_from(_LENGTHS),
    ),
)
