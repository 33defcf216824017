"""A tunnel of bytes in front of the sandbox: a place to look at what leaves the client.

It is a proxy, or an end of TLS, and knows nothing of the API.
"""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit


class Tunnel:
    """Accepts connections, keeps what comes first on each, and passes all bytes on.

    Args:
        target: Address whose host and port get the bytes.
        tls: Ends TLS here.
        host: Address of this machine that listens, of either version.
    """

    def __init__(
        self, target: str, tls: ssl.SSLContext | None = None, host: str = "127.0.0.1"
    ) -> None:
        """Take a port."""
        parts = urlsplit(target)
        self._target = (parts.hostname, parts.port)
        self._tls = tls
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self._listener = socket.create_server((host, 0), family=family)
        self._sockets: list[socket.socket] = []
        self._threads: list[threading.Thread] = []
        self.port: int = self._listener.getsockname()[1]
        self.heads: list[bytes] = []

    def __enter__(self) -> Self:
        """Start to accept."""
        self._run(self._accept)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close everything, and wait for it."""
        for thread in self._threads:
            for _ in range(100):
                # again and again: a thread may open another meanwhile, and would wait for its end
                for each in (self._listener, *self._sockets):
                    with contextlib.suppress(OSError):
                        each.shutdown(socket.SHUT_RDWR)
                    each.close()
                thread.join(0.1)
                if not thread.is_alive():
                    break

    def _run(self, target: object, *args: object) -> None:
        thread = threading.Thread(target=target, args=args, daemon=True)  # type: ignore[arg-type]
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                self._sockets.append(client)
                self._run(self._serve, client)

    def _serve(self, client: socket.socket) -> None:
        with contextlib.suppress(OSError):
            if self._tls is not None:
                client = self._tls.wrap_socket(
                    client, server_side=True, do_handshake_on_connect=False
                )
                self._sockets.append(client)  # before the handshake, which may never end
                client.do_handshake()
            head = client.recv(65536)
            self.heads.append(head)
            server = socket.create_connection(self._target)
            self._sockets.append(server)
            if head.startswith(b"CONNECT "):
                client.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
            else:
                server.sendall(head)
            self._run(self._pump, client, server)
            self._pump(server, client)

    def _pump(self, source: socket.socket, sink: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                sink.sendall(data)
            sink.shutdown(socket.SHUT_WR)
