"""One connection, and one exchange at a time on it: bytes out, one parsed answer in.

The answer is read straight from the socket: sessions, hooks, cookies and URL parsing would cost
several times as much per request, measured, on the path that runs 60,000 times. A plain answer is
cut out of its bytes; any other goes through the standard library's parser, from its first byte.

What may not be in here: credentials, retries, what a status means, and how an origin is reached.
"""

from __future__ import annotations

import contextlib
import io
import select
import socket
import ssl
import zlib
from collections.abc import Callable, Mapping
from http.client import HTTPException, HTTPResponse, IncompleteRead
from typing import Any, NamedTuple, cast

import urllib3

from workforce_source.client.plain import END, plain_head
from workforce_source.exceptions import ConfigError

# Far above any documented body (50 records a page); an endless one must not fill the memory.
LARGEST_BODY = 64 * 2**20
# A body that drips may take this many read timeouts in all.
WHOLE_READ = 5
# A head without an end by then is left to the parser, which knows when to give up.
LONGEST_HEAD = 64 * 2**10
# Bytes read at once: most answers come in one piece.
A_READ = 64 * 2**10


class Reply(NamedTuple):
    """One answer as it came: status, headers, and the whole body, decompressed."""

    status: int
    headers: Mapping[str, str]
    body: bytes


_Parts = tuple[int, Mapping[str, str], bytes, bool]
"""Status, headers and body of an answer, and whether the connection can be kept."""


class Broken(Exception):
    """An exchange that ended without an answer; never leaves the client."""

    def __init__(self, reason: str, *, connecting: bool = False, stale: bool = False) -> None:
        """Keep what happened.

        Args:
            reason: What happened, for a message.
            connecting: No connection came about: the origin was not reached at all.
            stale: A kept connection was found closed before any byte of an answer.
        """
        super().__init__(reason)
        self.reason = reason
        self.connecting = connecting
        self.stale = stale


class Connection:
    """One connection to an origin, for one exchange at a time."""

    def __init__(self, clock: Callable[[], float], read_timeout: float) -> None:
        """Start unconnected.

        Args:
            clock: Seconds that never go backwards.
            read_timeout: Seconds to wait for the next bytes of an answer.
        """
        self._clock = clock
        self._read_timeout = read_timeout
        self._raw = _Raw(clock)
        self._inner: Any = None
        self._guard: socket.socket | None = None
        self._poll: Any = None
        self._shut = False
        self._used = False

    def open(self, pool: urllib3.HTTPConnectionPool) -> None:
        """Connect, through a proxy and TLS where the pool says so."""
        inner: Any = pool._new_conn()
        self._inner = inner
        inner.on_socket = self._watch
        try:
            if pool.proxy is not None and isinstance(pool, urllib3.HTTPSConnectionPool):
                pool._prepare_proxy(inner)
            else:
                inner.connect()
        except ssl.SSLCertVerificationError as error:
            raise ConfigError(
                f"The certificate of {pool.host} is not trusted ({error.verify_message}). If your"
                " network inspects TLS, set REQUESTS_CA_BUNDLE to its certificate bundle."
            ) from None
        except (OSError, ValueError, HTTPException, urllib3.exceptions.HTTPError) as error:
            raise Broken(_why_not_connected(error), connecting=True) from None
        inner.sock.settimeout(self._read_timeout)
        self._raw.socket = inner.sock
        if hasattr(select, "poll"):
            self._poll = select.poll()
            self._poll.register(inner.sock, select.POLLIN)

    def spoiled(self) -> bool:
        """Whether the idle connection was closed, or holds bytes nobody asked for."""
        return bool(self._poll is not None and self._poll.poll(0))

    def exchange(self, message: bytes, method: str) -> tuple[Reply, bool]:
        """Send a request, and get the answer and whether the connection can be kept.

        Raises:
            Broken: No answer came, or not a whole one.
        """
        raw = self._raw
        raw.begin(self._clock() + WHOLE_READ * self._read_timeout)
        try:
            raw.socket.sendall(message)
            status, headers, body, keep = self._plain() or self._parsed(method)
        except TimeoutError:
            raise Broken("no answer within the read timeout") from None
        except IncompleteRead:
            raise Broken("the body was cut off") from None
        except (OSError, HTTPException, ValueError):
            stale = self._used and not raw.received
            raise Broken("the connection was lost", stale=stale) from None
        self._used = True
        if len(body) > LARGEST_BODY:
            raise Broken("the body is larger than any documented one")
        if encoding := headers.get("content-encoding"):
            body = _decompressed(body, encoding)
        return Reply(status, headers, body), keep

    def _plain(self) -> _Parts | None:
        """Get a plain answer; nothing, and the bytes put back, when it takes a parser."""
        raw = self._raw
        received = raw.receive()
        while (start := received.find(END) + len(END)) < len(END):
            more = raw.receive() if len(received) < LONGEST_HEAD else b""
            if not more:
                raw.put_back(received)
                return None
            received += more
        head = plain_head(received[:start])
        if head is None:
            raw.put_back(received)
            return None
        if head.length > LARGEST_BODY:
            raise Broken("the body is larger than any documented one")
        body = received[start : start + head.length]
        if (missing := head.length - len(body)) > 0:
            body += raw.receive_all(missing)
        # Bytes beyond the body belong to no answer that was asked for.
        return head.status, head.headers, body, len(received) <= start + head.length

    def _parsed(self, method: str) -> _Parts:
        response = HTTPResponse(cast(socket.socket, self._raw), method=method)
        response.begin()
        if response.length is None:  # chunked, or until the connection ends
            body = response.read(LARGEST_BODY + 1)
        elif response.length > LARGEST_BODY:
            raise Broken("the body is larger than any documented one")
        else:
            body = response.read()
        headers = cast(Mapping[str, str], response.headers)
        return response.status, headers, body, not response.will_close

    def shut(self) -> None:
        """End whatever the connection waits for; made to be called from another thread."""
        self._shut = True
        if self._guard is not None:
            # Not connected yet, or no longer: then nobody waits for it.
            with contextlib.suppress(OSError):
                self._guard.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Give the sockets back."""
        if self._inner is not None:
            self._inner.close()
        if self._guard is not None:
            self._guard.close()

    def _watch(self, opened: socket.socket) -> None:
        # A duplicate stays valid while TLS wraps the socket, and cannot be confused with a later
        # socket of the same number.
        if self._guard is not None:
            self._guard.close()
        self._guard = opened.dup()
        if self._shut:
            raise OSError


class _Raw(io.RawIOBase):
    """What answers are read from: a socket, with a time by which all of one must be read."""

    def __init__(self, clock: Callable[[], float]) -> None:
        super().__init__()
        self.socket: Any = None
        self.received = False
        self._clock = clock
        self._deadline = 0.0
        self._back = b""

    def begin(self, deadline: float) -> None:
        """Begin an answer, with nothing left of the one before."""
        self.received = False
        self._deadline = deadline
        self._back = b""

    def receive(self) -> bytes:
        """Get the next bytes; none at the end of the connection."""
        if self._clock() > self._deadline:
            raise TimeoutError
        data: bytes = self.socket.recv(A_READ)
        self.received = self.received or bool(data)
        return data

    def receive_all(self, count: int) -> bytes:
        """Get so many bytes."""
        parts = []
        while count > 0:
            part = self.receive()
            if not part:
                raise IncompleteRead(b"", count)
            parts.append(part)
            count -= len(part)
        return b"".join(parts)

    def put_back(self, data: bytes) -> None:
        """Let bytes be read once more, by the parser."""
        self._back = data

    def makefile(self, mode: str) -> io.BufferedReader:
        """Get a fresh buffer, so that nothing of one answer can leak into the next."""
        return io.BufferedReader(self)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        count: int
        if self._back:
            count = min(len(buffer), len(self._back))
            buffer[:count], self._back = self._back[:count], self._back[count:]
            return count
        if self._clock() > self._deadline:
            raise TimeoutError
        count = self.socket.recv_into(buffer)
        self.received = self.received or count > 0
        return count

    def close(self) -> None:
        """Stay open: the parser closes its file after every answer, the connection goes on."""


def _why_not_connected(error: Exception) -> str:
    if isinstance(error, socket.gaierror | UnicodeError):
        return "the host name is not known"
    if isinstance(error, ConnectionRefusedError):
        return "the connection was refused"
    if isinstance(error, TimeoutError):
        return "no connection within the connect timeout"
    if isinstance(error, ssl.SSLError):
        return "TLS could not be agreed on"
    return "the host, or the proxy to it, is not reachable"


def _decompressed(body: bytes, encoding: str) -> bytes:
    if encoding.lower() not in ("gzip", "x-gzip"):
        raise Broken("the body has an encoding nobody asked for")
    gzip = zlib.decompressobj(31)
    try:
        plain = gzip.decompress(body, LARGEST_BODY)
    except zlib.error:
        raise Broken("the body is not what its encoding says") from None
    if not gzip.eof:
        raise Broken("the body was cut off, or is larger than any documented one")
    return plain
