"""One connection, and one exchange at a time on it: bytes out, one parsed answer in.

The answer is read by the standard library's parser, straight from the socket: sessions, hooks,
cookies and URL parsing would cost several times as much per request, measured, on the path that
runs 60,000 times.

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

from workforce_source.exceptions import ConfigError

# Far above any documented body (50 records a page); an endless one must not fill the memory.
LARGEST_BODY = 64 * 2**20
# A body that drips may take this many read timeouts in all.
WHOLE_READ = 5


class Reply(NamedTuple):
    """One answer as it came: status, headers, and the whole body, decompressed."""

    status: int
    headers: Mapping[str, str]
    body: bytes


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
        raw.received = False
        raw.deadline = self._clock() + WHOLE_READ * self._read_timeout
        try:
            raw.socket.sendall(message)
            response = HTTPResponse(cast(socket.socket, raw), method=method)
            response.begin()
            if response.length is None:  # chunked, or until the connection ends
                body = response.read(LARGEST_BODY + 1)
            elif response.length > LARGEST_BODY:
                raise Broken("the body is larger than any documented one")
            else:
                body = response.read()
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
        headers = cast(Mapping[str, str], response.headers)
        if encoding := headers.get("content-encoding"):
            body = _decompressed(body, encoding)
        return Reply(response.status, headers, body), not response.will_close

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
    """What the response parser reads from: a socket, with a time by which all must be read."""

    def __init__(self, clock: Callable[[], float]) -> None:
        super().__init__()
        self.socket: Any = None
        self.deadline = 0.0
        self.received = False
        self._clock = clock

    def makefile(self, mode: str) -> io.BufferedReader:
        """Get a fresh buffer, so that nothing of one answer can leak into the next."""
        return io.BufferedReader(self)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        if self._clock() > self.deadline:
            raise TimeoutError
        count: int = self.socket.recv_into(buffer)
        self.received = True
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
