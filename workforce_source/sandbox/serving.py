"""The server: an application on a port of this machine, in this thread or one of its own.

What is served is not known here.
"""

import asyncio
import socket
import time
from threading import Thread

import uvicorn
from starlette.types import ASGIApp

LOOPBACK = "127.0.0.1"
"""Where it is served."""
HIGHEST_PORT = 65535
_START_WITHIN = 30.0  # seconds
_LOOK_EVERY = 0.01  # seconds; how late the end is noticed


class _PromptServer(uvicorn.Server):
    """Stops at once: uvicorn looks ten times a second and gives connections time to end."""

    async def main_loop(self) -> None:
        while not self.should_exit:
            await asyncio.sleep(_LOOK_EVERY)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        for server in self.servers:
            server.close()
        for listener in sockets or ():
            listener.close()
        for connection in list(self.server_state.connections):
            connection.transport.abort()


class Server:
    """Serves one application; nobody outside this machine can reach it.

    Args:
        app: The application.
    """

    def __init__(self, app: ASGIApp) -> None:
        # what uvicorn calls an error is mostly a fault that was asked for; ours the app logs
        config = uvicorn.Config(
            app,
            access_log=False,
            date_header=False,
            lifespan="off",
            log_config=None,
            log_level="critical",
            proxy_headers=False,
            server_header=False,
            timeout_keep_alive=75,
        )
        self._server = _PromptServer(config)
        self._thread: Thread | None = None

    def serve(self, listener: socket.socket) -> None:
        """Serve until `stop`, or until a signal; returns then."""
        self._server.run(sockets=[listener])

    def start(self, listener: socket.socket) -> None:
        """Serve from a thread; returns when it does.

        Raises:
            RuntimeError: It does not.
        """
        self._thread = Thread(target=self.serve, args=(listener,), name="sandbox", daemon=True)
        self._thread.start()
        deadline = time.monotonic() + _START_WITHIN
        while not self._server.started:
            if not self._thread.is_alive() or time.monotonic() > deadline:
                raise RuntimeError("The sandbox did not start.")
            time.sleep(0.002)

    def stop(self) -> None:
        """Let `serve` return soon; answers still held are given up."""
        self._server.should_exit = True

    def join(self) -> None:
        """Wait until the thread has ended, if there is one."""
        if self._thread:
            self._thread.join()


def listen(port: int) -> socket.socket:
    """Take a port of this machine; 0 takes a free one.

    Raises:
        OSError: It is taken, or not to be had.
    """
    return socket.create_server((LOOPBACK, port), backlog=1024)
