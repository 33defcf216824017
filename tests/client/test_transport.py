"""Odd but right answers, and what is sent once: over libcurl, and over requests' own adapter.

The server here is a socket that answers bytes; it knows nothing of the API.
"""

from __future__ import annotations

import gc
import gzip
import socket
import sys
import threading
import tracemalloc
from collections.abc import Callable, Iterator

import pytest
import requests

from workforce_source.client import Limits
from workforce_source.client.client import new_session
from workforce_source.client.origin import LARGEST_BODY, Failure, Origin
from workforce_source.client.transport import CurlAdapter
from workforce_source.clock import SYSTEM_CLOCK
from workforce_source.throttle import Throttle

BODY = b'{"data": []}'
MEMBERS = gzip.compress(BODY[:5]) + gzip.compress(BODY[5:])
HEADERS = b"".join(b"X-Header-%d: %d\r\n" % (number, number) for number in range(98))


def whole(*headers: bytes, body: bytes = BODY) -> bytes:
    """A plain answer with further headers."""
    lines = (b"HTTP/1.1 200 OK", *headers, b"Content-Length: %d" % len(body))
    return b"\r\n".join(lines) + b"\r\n\r\n" + body


RIGHT = {
    "plain": whole(),
    "identity": whole(b"Content-Encoding: identity"),
    "gzip": whole(b"Content-Encoding: gzip", body=gzip.compress(BODY)),
    "gzip in two members": whole(b"Content-Encoding: gzip", body=MEMBERS),
    "103 before it": b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n" + whole(),
    "100 headers": whole(HEADERS.rstrip()),
    "chunked with trailers": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    + b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in (BODY[:3], BODY[3:]))
    + b"0\r\nRetry-After: 99\r\n\r\n",
    "HTTP/1.0": b"HTTP/1.0 200 OK\r\n\r\n" + BODY,
    "until it is closed": b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n" + BODY,
}
WRONG = {
    "cut off": whole()[:-3],
    "no HTTP": b"SSH-2.0-OpenSSH_9.6\r\n",
    "nothing": b"",
    "a bomb": whole(b"Content-Encoding: gzip", body=gzip.compress(bytes(LARGEST_BODY + 1))),
    "no gzip": whole(b"Content-Encoding: gzip"),
    "too long": b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % (LARGEST_BODY + 1),
}


class Server:
    """Answers bytes to each request on a connection, and then closes it or goes on.

    Attributes:
        requests: First lines of what was asked, in order.
        connections: Connections so far.
    """

    def __init__(self, answers: Callable[[bytes, int], bytes | None], *, close: bool) -> None:
        self.requests: list[bytes] = []
        self.connections = 0
        self._answers = answers
        self._close = close
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}/v1"
        self._threads = [threading.Thread(target=self._serve)]
        self._threads[0].start()

    def close(self) -> None:
        """End after the connection at hand."""
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for thread in self._threads:
            thread.join(10)

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            self._threads.append(threading.Thread(target=self._talk, args=(connection,)))
            self._threads[-1].start()

    def _talk(self, connection: socket.socket) -> None:
        with connection:
            self._answer(connection)

    def _answer(self, connection: socket.socket) -> None:
        connection.settimeout(5)
        received = b""
        while True:
            try:
                part = connection.recv(65536)
            except OSError:
                return
            if not part:
                return
            received += part
            head, end, body = received.partition(b"\r\n\r\n")
            length = [
                line for line in head.split(b"\r\n") if line.lower().startswith(b"content-le")
            ]
            if not end or (length and len(body) < int(length[0].partition(b":")[2])):
                continue
            received = b""
            self.requests.append(head.partition(b"\r\n")[0])
            answer = self._answers(self.requests[-1], len(self.requests))
            if answer is None:
                return
            connection.sendall(answer)
            if self._close:
                return


@pytest.fixture(
    params=[
        pytest.param(new_session, id="libcurl"),
        pytest.param(requests.Session, id="stock", marks=pytest.mark.search),
    ]
)
def session(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> requests.Session:
    """What sends: by libcurl, and by requests' own adapter as a caller may hand it over."""
    monkeypatch.setenv("no_proxy", "*")
    made: requests.Session = request.param()
    return made


@pytest.fixture
def serve(session: requests.Session) -> Iterator[Callable[..., tuple[Server, Origin]]]:
    """Start a server, and get the origin it is."""
    opened: list[Server | requests.Session] = []

    def serve(
        answers: Callable[[bytes, int], bytes | None], *, close: bool = True
    ) -> tuple[Server, Origin]:
        server = Server(answers, close=close)
        origin = Origin(
            server.url,
            setting="base_url",
            session=session,
            limits=Limits(connect_timeout=2, read_timeout=2),
            throttle=Throttle(1),
            clock=SYSTEM_CLOCK,
        )
        opened.extend([server, session])
        return server, origin

    yield serve
    for each in reversed(opened):
        each.close()


def by_curl(session: requests.Session) -> bool:
    """Whether libcurl sends."""
    return isinstance(session.get_adapter("http://"), CurlAdapter)


@pytest.mark.parametrize("name", RIGHT)
def test_an_odd_answer_is_read_right(
    serve: Callable[..., tuple[Server, Origin]], session: requests.Session, name: str
) -> None:
    """Status and body are those of the last head, and nothing of a trailer is a header."""
    if name == "103 before it" and not by_curl(session):
        pytest.skip("the standard library, beneath requests, takes a 103 for the answer")
    _, origin = serve(lambda *_: RIGHT[name])
    reply = origin.exchange(origin.url, {})
    assert (reply.status, reply.body) == (200, BODY)
    assert "retry-after" not in reply.headers


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_answer_is_a_broken_exchange(
    serve: Callable[..., tuple[Server, Origin]], name: str
) -> None:
    """Never a body that is not whole, and never more of one than fits."""
    _, origin = serve(lambda *_: WRONG[name])
    with pytest.raises(Failure):
        origin.exchange(origin.url, {})


def test_an_error_that_is_kept_keeps_no_body(
    serve: Callable[..., tuple[Server, Origin]],
) -> None:
    """A run keeps the errors of many reads: with their bodies it would grow with each of them."""
    _, origin = serve(lambda *_: WRONG["a bomb"])
    tracemalloc.start()
    try:
        with pytest.raises(Failure) as kept:
            origin.exchange(origin.url, {})
        gc.collect()
        assert kept.value.reason
        assert tracemalloc.get_traced_memory()[0] < LARGEST_BODY / 8
    finally:
        tracemalloc.stop()


def test_an_answer_without_a_body_is_one(serve: Callable[..., tuple[Server, Origin]]) -> None:
    """204 has none, and the connection goes on."""
    server, origin = serve(lambda *_: b"HTTP/1.1 204 No Content\r\n\r\n", close=False)
    for _ in range(3):
        reply = origin.exchange(origin.url, {})
        assert (reply.status, reply.body) == (204, b"")
    assert server.connections == 1


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
def test_a_write_whose_answer_is_lost_is_sent_once(
    serve: Callable[..., tuple[Server, Origin]], method: str
) -> None:
    """A kept connection that breaks under it, after its effect, tempts libraries to repeat it."""
    server, origin = serve(
        lambda line, _: None if line.startswith(method.encode()) else whole(), close=False
    )
    origin.exchange(origin.url, {})
    with pytest.raises(Failure):
        origin.exchange(origin.url, {"Content-Length": "4"}, method=method, body=b"once")
    origin.exchange(origin.url, {})
    sent = [line.partition(b" ")[0] for line in server.requests]
    assert sent == [b"GET", method.encode(), b"GET"]


def test_a_redirect_is_told_and_not_followed(
    serve: Callable[..., tuple[Server, Origin]],
) -> None:
    """Wherever it leads; even an address that is none is no reason to fail."""
    for location in (b"https://elsewhere.example/v1", b"http://[", b"//"):
        answer = whole(b"Location: " + location).replace(b"200 OK", b"302 Found")
        server, origin = serve(lambda *_, answer=answer: answer)
        assert origin.exchange(origin.url, {}).status == 302
        assert len(server.requests) == 1


def test_a_connection_is_kept_for_requests_that_go_the_same_way(
    serve: Callable[..., tuple[Server, Origin]], session: requests.Session
) -> None:
    """A proxy in between takes nothing over, and leaves nothing behind."""
    server, _ = serve(lambda *_: whole(), close=False)
    proxy, _ = serve(lambda *_: whole(), close=False)
    for proxies in ({}, {"http": proxy.url}, {}):
        assert session.get(server.url, proxies=proxies).content == BODY
    assert (len(server.requests), server.connections) == (2, 1)
    assert proxy.requests == [f"GET {server.url} HTTP/1.1".encode()]


def test_where_libcurl_cannot_be_loaded_requests_sends(
    serve: Callable[..., tuple[Server, Origin]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A platform without a wheel of pycurl loads all the same, only slower."""
    monkeypatch.setitem(sys.modules, "pycurl", None)
    monkeypatch.delitem(sys.modules, CurlAdapter.__module__)
    server, _ = serve(lambda *_: whole())
    with new_session() as session:
        assert not by_curl(session)
        assert session.get(server.url).content == BODY
