"""What is read in one step is what the standard library's parser would have read."""

from __future__ import annotations

import io
import socket
from http.client import HTTPException, HTTPResponse
from typing import cast

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from workforce_source.client.plain import Head, plain_head

BODY = b'{"data": 1}'

names = st.sampled_from(
    ["Content-Length", "content-length", "Transfer-Encoding", "Connection", "Set-Cookie", "Date"]
) | st.text("abcXYZ-_ :\t\x85é", min_size=1, max_size=6)
texts = st.sampled_from(["11", "0", "+11", "1_1", "11, 11", "chunked", "close", "keep-alive", ""])
texts |= st.text(st.characters(max_codepoint=255), max_size=8)
lines = st.tuples(names, st.sampled_from([":", ": ", " : ", ":\t", ""]), texts).map("".join)
heads = st.tuples(
    st.sampled_from(["HTTP/1.1 ", "HTTP/1.0 ", "HTTP/1.1  ", "HTTP/2 ", "http/1.1 "]),
    st.sampled_from(["200", "404", "429", "503", "100", "204", "304", "20", "2000", "²00"]),
    st.sampled_from([" OK", " ", "", " Not\tFound", " é"]),
    st.lists(lines | st.just(f"Content-Length: {len(BODY)}"), max_size=5),
    st.sampled_from(["\r\n"] * 5 + ["\n", "\r"]),
)


def joined(version: str, status: str, reason: str, lines: list[str], end: str) -> bytes:
    """Write the head of an answer."""
    head = end.join([version + status + reason, *lines])
    return f"{head}\r\n\r\n".encode("latin-1", "replace")


class Bytes:
    """A socket that holds one answer."""

    def __init__(self, answer: bytes) -> None:
        self._answer = answer

    def makefile(self, mode: str) -> io.BytesIO:
        """Get the answer as a file."""
        return io.BytesIO(self._answer)


def parsed(head: bytes) -> Head | None:
    """Read an answer with the standard library's parser; nothing if the connection may not stay."""
    response = HTTPResponse(cast(socket.socket, Bytes(head + BODY)), method="GET")
    try:
        response.begin()
    except (HTTPException, ValueError):
        return None
    if response.length is None or response.will_close or response.chunked:
        return None
    found: dict[str, str] = {}
    for name, value in response.headers.items():
        found.setdefault(name.lower(), value.strip())
    return Head(response.status, found, response.length)


@given(heads.map(lambda parts: joined(*parts)))
@example(joined("HTTP/1.1 ", "200", " OK", ["Content-Length: 11", "Set-Cookie: a"], "\r\n"))
@example(joined("HTTP/1.1 ", "200", " OK", ["Content-Length: 11", "Content-Length: 9"], "\r\n"))
@example(joined("HTTP/1.1 ", "200", " OK", ["Content-Length: 11", " folded: 1"], "\r\n"))
def test_a_plain_head_says_what_the_parser_says(head: bytes) -> None:
    """Whatever is taken for plain, the parser of the standard library reads in the same way."""
    plain = plain_head(head)
    assert plain is None or plain == parsed(head)


def test_an_ordinary_answer_is_plain() -> None:
    """What servers send every day is read in one step, names in any case, twice-sent ones too."""
    lines = ["Date: now", "CONTENT-LENGTH:11 ", "Connection: Keep-Alive", "Vary: a", "vary: b"]
    head = plain_head(joined("HTTP/1.1 ", "429", " Too Many Requests", lines, "\r\n"))
    headers = {"date": "now", "content-length": "11", "connection": "Keep-Alive", "vary": "a"}
    assert head == Head(429, headers, 11)


@pytest.mark.parametrize(
    "lines",
    [
        ["Transfer-Encoding: chunked"],
        ["Content-Length: 11", "Transfer-Encoding: chunked"],
        ["Content-Length: 11", "Content-Length: 11"],
        ["Content-Length: 11", "Connection: close"],
        ["Content-Length: -1"],
        ["Date: now"],
        ["Content-Length: 11", "Name: caf\xe9"],
        ["Content-Length: 11", " and more of it"],
    ],
    ids=str,
)
def test_anything_else_is_left_to_the_parser(lines: list[str]) -> None:
    """Lengths that are not one plain number, endings and folded lines take a whole parser."""
    assert plain_head(joined("HTTP/1.1 ", "200", " OK", lines, "\r\n")) is None
