"""The head of an answer as nearly every server sends it, read in one step.

Strict on purpose: whatever is not exactly of that form is left to the standard library's parser,
which takes five times as long because it is made for mail.

What may not be in here: sockets, bodies, and what a status means.
"""

from __future__ import annotations

import re
from typing import NamedTuple

# What may be cut into lines and at colons without a thought: visible ASCII, one line a header.
_HEAD = re.compile(
    rb"HTTP/1\.1 ([2-5]\d\d) [\t -~]*\r\n((?:[!#$%&'*+.^_`|~0-9A-Za-z-]+:[\t -~]*\r\n)+)\r\n"
)
_WITHOUT_BODY = (204, 304)
_MOST_DIGITS = 12
END = b"\r\n\r\n"
"""Ends the head of an answer."""


class Head(NamedTuple):
    """The head of an answer on a connection that stays open.

    Attributes:
        status: HTTP status.
        headers: Headers by name in lower case; of those that stand twice, the first.
        length: Bytes of the body.
    """

    status: int
    headers: dict[str, str]
    length: int


def plain_head(head: bytes) -> Head | None:
    """Get what the head of an answer says; nothing if it takes a whole parser to tell.

    Args:
        head: The answer's bytes up to and with the empty line.
    """
    found = _HEAD.fullmatch(head)
    if found is None:
        return None
    status = int(found[1])
    headers: dict[str, str] = {}
    for line in found[2].decode("ascii").split("\r\n")[:-1]:
        name, _, value = line.partition(":")
        name = name.lower()
        if name not in headers:
            headers[name] = value.strip()
        elif name == "content-length":
            return None
    length = headers.get("content-length", "")
    plain = length.isdigit() and len(length) <= _MOST_DIGITS and status not in _WITHOUT_BODY
    if not plain or "transfer-encoding" in headers:
        return None
    if headers.get("connection", "keep-alive").lower() != "keep-alive":
        return None
    return Head(status, headers, int(length))
