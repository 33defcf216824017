"""Whatever comes back: our own errors or the documented shape, soon, and nothing personal told."""

from __future__ import annotations

import contextlib
import socket
import threading
import traceback
from collections.abc import Callable, Iterator
from typing import TypeVar

import orjson
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from tests.tools.connecting import connect
from tests.tools.examples import examples
from tests.tools.timekeeping import Waits
from workforce_source.client import Address, Client, Limits, Token
from workforce_source.endpoints import EMPLOYEES, EXTERNAL_BADGES, Endpoint
from workforce_source.exceptions import WorkforceError
from workforce_source.sandbox import Answer, Entry, Sandbox

T = TypeVar("T")

PRIVATE = "somebody.private@example.com"
FUZZ = settings(
    max_examples=examples(40, 300),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)

scalars = (
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.floats(allow_nan=False)
    | st.text(max_size=5)
    | st.sampled_from([PRIVATE, "a", 0, 1, 2, 10**9, -1, "1", "2"])
)
keys = st.sampled_from(
    [
        "data",
        "metadata",
        "id",
        "badges",
        "employee",
        "external_badge",
        "credly_record_id",
        "current_page",
        "total_pages",
        PRIVATE,
    ]
)
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=5),
    max_leaves=12,
)
metadata = st.fixed_dictionaries(
    {},
    optional=dict.fromkeys(("current_page", "total_pages", "total_count", "per", "count"), scalars),
)
bodies = (
    st.binary(max_size=40)
    | values.map(orjson.dumps)
    | st.fixed_dictionaries({"data": values, "metadata": metadata | values}).map(orjson.dumps)
    | st.fixed_dictionaries(
        {"data": st.lists(st.dictionaries(keys, values, max_size=4), max_size=4)}
        | {"metadata": metadata}
    ).map(orjson.dumps)
)
statuses = st.sampled_from([200] * 6 + [204, 206, 300, 302, 400, 401, 403, 404, 410, 422, 429])
statuses |= st.integers(500, 599)
headers = st.dictionaries(
    st.sampled_from(
        [
            "retry-after",
            "date",
            "location",
            "x-ratelimit-remaining",
            "x-ratelimit-reset",
            "content-type",
            "set-cookie",
            "x-anything",
        ]
    ),
    st.sampled_from(
        ["0", "1", "-1", "1e300", "nan", "Tue, 24 Nov 2026 10:00:30 GMT", "http://[", PRIVATE]
    )
    | st.text(st.characters(min_codepoint=32, max_codepoint=255, exclude_characters="\x7f")),
    max_size=3,
)


class Fuzzed:
    """A client and a sandbox that answers whatever it is told to, and what was told."""

    def __init__(self, sandbox: Sandbox) -> None:
        """Answer everything with nothing."""
        self.answer = Answer(200, b"")
        self.waits = Waits()
        self.sandbox = sandbox
        sandbox.on_answer(self.replace)

    def replace(self, _entry: Entry, _answer: Answer) -> Answer:
        """Get the answer to send."""
        return self.answer

    def client(self) -> Client:
        """Get a client that gives up after a simulated minute."""
        return connect(self.sandbox, clock=self.waits.clock(), give_up_after=60)


@pytest.fixture
def fuzzed() -> Iterator[Fuzzed]:
    """One sandbox for all examples of a test; it holds no state that matters."""
    with Sandbox(employees=3) as sandbox:
        yield Fuzzed(sandbox)


def outcome(read: Callable[[], T]) -> T | None:
    """Get what was read, or nothing if it ended in one of our errors; any other is raised."""
    try:
        return read()
    except WorkforceError as error:
        told = "".join(traceback.format_exception(error)) + repr(vars(error))
    assert PRIVATE not in told
    return None


@pytest.mark.property
@FUZZ
@given(statuses, headers, bodies)
@example(200, {}, b'{"data": {"id": "a"}, "metadata": {}}')
@example(200, {}, b'{"data": {"id": "a", "badges": null}, "metadata": {}}')
@example(200, {}, b'{"data": {"id": "a", "badges": {}}, "metadata": {}}')
@example(200, {"content-encoding": "gzip"}, b"not gzip")
@example(200, {"content-encoding": "br"}, b"{}")
@example(200, {"transfer-encoding": "chunked"}, b"zz\r\n")
def test_data_of_one_employee_is_whole_or_an_error(
    fuzzed: Fuzzed, status: int, extra: dict[str, str], body: bytes
) -> None:
    """An answer without an id or without a list of badges never passes for "no badges"."""
    fuzzed.answer = Answer(status, body, extra)
    with fuzzed.client() as client:
        answer = outcome(lambda: client.data(PRIVATE))
    if answer is not None:
        assert status == 200
        assert isinstance(answer.record["id"], str)
        assert all(isinstance(badge, dict) for badge in answer.record["badges"])
        assert answer.record == orjson.loads(body)["data"]


@pytest.mark.parametrize("endpoint", [EMPLOYEES, EXTERNAL_BADGES], ids=lambda each: each.name)
@pytest.mark.property
@FUZZ
@given(statuses, headers, bodies)
def test_a_walk_ends_and_holds_only_documented_records(
    fuzzed: Fuzzed, endpoint: Endpoint, status: int, extra: dict[str, str], body: bytes
) -> None:
    """A list of anything else than records with an identity is an error, not a short list."""
    fuzzed.answer = Answer(status, body, extra)
    with fuzzed.client() as client:
        pages = outcome(lambda: list(client.pages(endpoint)))
    if pages is not None:
        assert status == 200
        sent = orjson.loads(body)
        assert [record for page in pages for record in page.records] == sent["data"]
        assert sent["metadata"]["current_page"] == 1
        assert sent["metadata"]["total_pages"] in (0, 1)


class Noise:
    """A port that answers every connection with the same bytes and closes it."""

    def __init__(self) -> None:
        """Take a port."""
        self.answer = b""
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop answering."""
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join(10)

    def _serve(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self._listener.accept()
                with connection, contextlib.suppress(OSError):
                    connection.recv(65536)
                    connection.sendall(self.answer)


@pytest.fixture
def noise() -> Iterator[Noise]:
    """A port that answers whatever it is told to."""
    noise = Noise()
    yield noise
    noise.close()


pieces = st.sampled_from(
    [
        b"HTTP/1.1 200 OK\r\n",
        b"HTTP/1.1 100 Continue\r\n\r\n",
        b"HTTP/1.0 200\r\n",
        b"HTTP/9.9 999 ?\r\n",
        b"Content-Length: 5\r\n",
        b"Content-Length: -5\r\n",
        b"Content-Length: 99999999999999999999\r\n",
        b"Transfer-Encoding: chunked\r\n",
        b"Content-Encoding: gzip\r\n",
        b"Connection: close\r\n",
        b"X: " + b"y" * 70000 + b"\r\n",
        b"X: y\r\n" * 120,
        b"\r\n",
        b"5\r\n",
        b'{"data": {"id": "a", "badges": []}}',
    ]
)


@pytest.mark.property
@FUZZ
@given(st.lists(pieces | st.binary(max_size=12), max_size=7).map(b"".join))
def test_bytes_that_are_hardly_http_end_in_our_own_errors(noise: Noise, answer: bytes) -> None:
    """Broken status lines, headers, lengths and chunks: an error of ours, and never a hang."""
    noise.answer, waits = answer, Waits()
    address = Address(f"http://127.0.0.1:{noise.port}/v1", "o")
    client = Client(address, Token("t"), Limits(give_up_after=5), waits.clock())
    with client:
        read = outcome(lambda: client.data(PRIVATE))
    assert read is None or read.record == {"id": "a", "badges": []}
