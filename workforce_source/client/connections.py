"""Connections to one origin: TLS, proxies, sockets, and exactly one exchange at a time on each.

`requests` decides how the origin is reached (certificates, proxies and NO_PROXY from the
environment, resolved once). On the connection itself each exchange is bytes out and the standard
library's response parser in: sessions, hooks, cookies and URL parsing would cost ten times as much
per request, measured, and this is the path that runs 60,000 times.

What may not be in here: credentials, retries, and what a status means.
"""

from __future__ import annotations

import contextlib
import io
import os
import select
import socket
import ssl
import threading
import time
import zlib
from collections import deque
from collections.abc import Callable, Mapping
from http.client import HTTPException, HTTPResponse, IncompleteRead
from typing import Any, NamedTuple, cast
from urllib.parse import urlsplit

import requests
import urllib3
from requests.adapters import HTTPAdapter
from requests.utils import select_proxy

from workforce_source.exceptions import ConfigError
from workforce_source.throttle import Cancel

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


class Watch(Cancel):
    """The exchanges of one walk through pages, ended together when the walk is left early."""

    __slots__ = ("connections",)

    def __init__(self) -> None:
        """Start without exchanges."""
        super().__init__()
        self.connections: set[Connection] = set()

    def add(self, connection: Connection) -> None:
        """Take note of a connection in use.

        Raises:
            Broken: The walk was left meanwhile.
        """
        self.connections.add(connection)
        if self.cancelled:
            raise Broken("the walk was left")

    def end(self) -> None:
        """Shut the connections in use."""
        self.cancelled = True
        for connection in list(self.connections):
            connection.shut()


class Connections:
    """The connections to one origin, kept open between exchanges; safe to use from any thread."""

    def __init__(
        self,
        url: str,
        *,
        setting: str,
        connect_timeout: float,
        read_timeout: float,
        headers: Mapping[str, str],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Resolve how the origin is reached; nothing is sent yet.

        Args:
            url: Any address of the origin.
            setting: Name of the setting the address comes from, for messages.
            connect_timeout: Seconds to wait for a connection.
            read_timeout: Seconds to wait for the next bytes of an answer.
            headers: Headers of every request.
            clock: Seconds that never go backwards.

        Raises:
            ConfigError: The address, a proxy or a certificate bundle of the environment cannot
                be used.
        """
        self.origin, self.path = _address(url, setting)
        self.base = self.path.rstrip("/") + "/"
        self.host = self.origin.partition("://")[2]
        self._read_timeout = read_timeout
        self._clock = clock
        self._idle: deque[Connection] = deque()
        self._open: set[Connection] = set()
        self._lock = threading.RLock()
        self._closed = False
        self._pool, proxy_headers, forwarded = _pool(self.origin)
        self._pool.ConnectionCls = _guarded(self._pool.ConnectionCls)
        self._pool.timeout = urllib3.Timeout(connect=connect_timeout, read=read_timeout)
        # A proxy that forwards plain HTTP takes the whole address.
        self._prefix = self.origin if forwarded else ""
        lines = {"Host": self.host, **headers, **proxy_headers}
        self._lines = "".join(f"{name}: {value}\r\n" for name, value in lines.items())

    def exchange(
        self,
        target: str,
        headers: str,
        *,
        method: str = "GET",
        body: bytes = b"",
        watch: Watch | None = None,
    ) -> Reply:
        """Send one request and get the answer.

        Args:
            target: Path and query, percent-encoded.
            headers: Further header lines, each ending with CR LF.
            method: HTTP method.
            body: Body of the request.
            watch: Knows the connection for as long as it is in use, so that it can be shut.

        Raises:
            Broken: No answer came, or not a whole one.
            ConfigError: The certificate of the origin is not trusted.
        """
        head = f"{method} {self._prefix}{target} HTTP/1.1\r\n{self._lines}{headers}\r\n"
        message = head.encode("ascii") + body
        connection = self._kept() or self._connect()
        keep = False
        try:
            if watch is not None:
                watch.add(connection)
            reply, keep = connection.exchange(message, method)
            return reply
        finally:
            if watch is not None:
                watch.connections.discard(connection)
            if keep and not self._closed:
                self._idle.append(connection)
            else:
                self._drop(connection)

    def close(self) -> None:
        """Shut every socket: whoever waits on one gets `Broken` at once."""
        self._closed = True
        with self._lock:
            connections = list(self._open)
        for connection in connections:
            connection.shut()
        while self._idle:
            try:
                self._drop(self._idle.pop())
            except IndexError:
                break

    def _kept(self) -> Connection | None:
        while True:
            try:
                connection = self._idle.pop()
            except IndexError:
                return None
            if not connection.spoiled():
                return connection
            self._drop(connection)

    def _connect(self) -> Connection:
        connection = Connection(self._clock, self._read_timeout)
        with self._lock:
            if self._closed:
                raise Broken("the client is closed")
            self._open.add(connection)
        try:
            connection.open(self._pool)
        except BaseException:
            self._drop(connection)
            raise
        return connection

    def _drop(self, connection: Connection) -> None:
        connection.close()
        with self._lock:
            self._open.discard(connection)


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


def _guarded(plain: type[Any]) -> type[Any]:
    """Get the connection class with a say over each socket before it connects."""
    own = plain._new_conn is urllib3.connection.HTTPConnection._new_conn

    class Guarded(plain):  # type: ignore[misc]  # urllib3 picks its class at run time
        on_socket: Callable[[socket.socket], None]

        def _new_conn(self) -> socket.socket:
            if not own:  # a SOCKS proxy connects in its own way
                opened: socket.socket = super()._new_conn()
                self.on_socket(opened)
                return opened
            failure = OSError()
            for family, kind, protocol, _name, address in socket.getaddrinfo(
                self._dns_host, self.port, type=socket.SOCK_STREAM
            ):
                opened = socket.socket(family, kind, protocol)
                try:
                    self.on_socket(opened)
                    for option in self.socket_options or ():
                        opened.setsockopt(*option)
                    opened.settimeout(self.timeout)
                    opened.connect(address)
                except OSError as error:
                    opened.close()
                    failure = error
                else:
                    return opened
            raise failure

    return Guarded


def _pool(origin: str) -> tuple[urllib3.HTTPConnectionPool, dict[str, str], bool]:
    """Get the pool `requests` would use, headers for its proxy, and whether that one forwards."""
    try:
        settings = requests.Session().merge_environment_settings(origin, {}, None, None, None)
        verify, proxies = settings["verify"], settings["proxies"]
        if verify is True:
            verify = os.environ.get("SSL_CERT_FILE") or os.environ.get("SSL_CERT_DIR") or True
        adapter = HTTPAdapter()
        request = requests.Request("GET", origin).prepare()
        pool = adapter.get_connection_with_tls_context(request, verify, proxies)
        adapter.cert_verify(pool, origin, verify, None)
        proxy = select_proxy(origin, proxies)
        if not proxy or origin.startswith("https:") or proxy.startswith("socks"):
            return pool, {}, False
        return pool, adapter.proxy_headers(proxy), True
    except (OSError, ValueError) as error:
        # A proxy address may hold a password: only the kind of the error is told.
        raise ConfigError(
            f"{origin} cannot be reached as the environment asks ({type(error).__name__}). Check"
            " REQUESTS_CA_BUNDLE, CURL_CA_BUNDLE, SSL_CERT_FILE, HTTPS_PROXY and HTTP_PROXY."
        ) from None


def _address(url: str, setting: str) -> tuple[str, str]:
    """Get the origin and the path of an address, percent-encoded."""
    try:
        parts = urlsplit(str(requests.Request("GET", url).prepare().url))
        usable = parts.scheme in ("http", "https") and bool(parts.hostname) and not parts.username
        usable = usable and parts.port != 0 and not parts.query
    except ValueError:
        usable = False
    if not usable:
        raise ConfigError(
            f"{setting} is not a usable address. It starts with https:// and a host name, and"
            " holds no user name and no query."
        )
    return f"{parts.scheme}://{parts.netloc}", parts.path


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
