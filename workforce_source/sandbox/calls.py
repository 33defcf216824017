"""What a request asks for and what goes back, whichever endpoint it is.

No state; what is answered is in `reads.py`, `writes.py` and `auth.py`.
"""

from dataclasses import dataclass, field
from urllib.parse import parse_qsl

import orjson

Query = list[tuple[str, str]]
"""Names and values, in the order they came."""


@dataclass(slots=True)
class Call:
    """A request.

    Args:
        method: HTTP method.
        path: The path as it was sent.
        query_string: The query as it was sent.
        headers: Values by name in small letters.
        organization: Id in the path; None where the path has none.
        employee_key: The key in the path, percent-decoded; empty where the path has none.
        event_id: Id of an event in the path; empty where the path has none.
        number: Of the request, from 1.
        body: The body of a write.
    """

    method: str
    path: str
    query_string: str
    headers: dict[bytes, bytes]
    organization: str | None
    employee_key: str
    event_id: str = ""
    number: int = 0
    body: bytes = b""

    @property
    def query(self) -> Query:
        """What the query asks for."""
        text = self.query_string
        return parse_qsl(text, keep_blank_values=True) if text else []

    @property
    def target(self) -> str:
        """Path and query as they were sent."""
        return f"{self.path}?{self.query_string}" if self.query_string else self.path

    @property
    def link(self) -> str:
        """Absolute address without the query."""
        return f"http://{self.header(b'host')}{self.path}"

    @property
    def media_type(self) -> str:
        """What the body says it is."""
        return self.header(b"content-type").partition(";")[0].strip().lower()

    def header(self, name: bytes) -> str:
        """Get the value of a header; empty where it is not there."""
        return self.headers.get(name, b"").decode("latin-1")


@dataclass(slots=True)
class Answer:
    """What goes back: status, body and the headers beside the usual ones.

    Args:
        status: HTTP status.
        body: The body.
        headers: Headers beside the usual ones.
        media_type: Its Content-Type.
        raw: Sent as it is instead of all that, before the connection is closed: for heads that no
            server should send.
    """

    status: int
    body: bytes
    headers: dict[str, str] = field(default_factory=dict)
    media_type: str = "application/json; charset=utf-8"
    raw: bytes | None = None


@dataclass(eq=False)
class Refusal(Exception):
    """The request cannot be granted.

    Args:
        status: HTTP status.
        message: What is wrong with the request, for its sender.
        headers: More headers of the answer.
    """

    status: int
    message: str
    headers: dict[str, str] = field(default_factory=dict)

    def answer(self) -> Answer:
        """Get the answer, with the error body three independent clients expect."""
        return Answer(self.status, orjson.dumps({"data": {"message": self.message}}), self.headers)
