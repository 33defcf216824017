"""The connections to one origin, kept open between exchanges and shut from any thread.

What may not be in here: credentials, retries, and what a status means.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Mapping

import urllib3

from workforce_source.client.reach import address_of, pool_for
from workforce_source.client.sockets import Broken, Connection, Reply
from workforce_source.throttle import Cancel


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
        self.origin, self.path = address_of(url, setting)
        self.base = self.path.rstrip("/") + "/"
        self.host = self.origin.partition("://")[2]
        self._read_timeout = read_timeout
        self._clock = clock
        self._idle: deque[Connection] = deque()
        self._open: set[Connection] = set()
        self._lock = threading.RLock()
        self._closed = False
        self._pool, proxy_headers, forwarded = pool_for(self.origin)
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
        kept = self._kept()
        connection = kept or self._new()
        keep = False
        try:
            if watch is not None:
                watch.add(connection)
            if kept is None:
                connection.open(self._pool)
            reply, keep = connection.exchange(message, method)
            return reply
        finally:
            if watch is not None:
                watch.connections.discard(connection)
            if keep:
                self._idle.append(connection)
                if self._closed:  # meanwhile, and perhaps without having seen this one
                    self._drop_idle()
            else:
                self._drop(connection)

    def close(self) -> None:
        """Shut every socket: whoever waits on one gets `Broken` at once."""
        self._closed = True
        with self._lock:
            connections = list(self._open)
        for connection in connections:
            connection.shut()
        self._drop_idle()

    def _kept(self) -> Connection | None:
        """Get an idle connection that is still good."""
        while True:
            try:
                connection = self._idle.pop()
            except IndexError:
                return None
            if not connection.spoiled():
                return connection
            self._drop(connection)

    def _new(self) -> Connection:
        connection = Connection(self._clock, self._read_timeout)
        with self._lock:
            if self._closed:
                raise Broken("the client is closed")
            self._open.add(connection)
        return connection

    def _drop_idle(self) -> None:
        while True:
            try:
                self._drop(self._idle.pop())
            except IndexError:
                return

    def _drop(self, connection: Connection) -> None:
        connection.close()
        with self._lock:
            self._open.discard(connection)
