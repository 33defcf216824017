"""One sandbox in this process: its organization, its controls and its server.

The way to a sandbox in a process of its own is in `process.py`.
"""

import socket
from types import TracebackType
from typing import Self

from workforce_source.sandbox.admin import admin_app
from workforce_source.sandbox.application import Application, Editor, Watcher
from workforce_source.sandbox.control import Controls
from workforce_source.sandbox.faults import Faults
from workforce_source.sandbox.options import Options
from workforce_source.sandbox.organization import Organization
from workforce_source.sandbox.populate import populate
from workforce_source.sandbox.population import Population
from workforce_source.sandbox.serving import HIGHEST_PORT, LOOPBACK, Server, listen
from workforce_source.sandbox.times import Clock, utc_now
from workforce_source.sandbox.truth import Truth


class Sandbox(Controls):
    """An emulator of the Workforce API on a free port of this machine.

    Used as a context manager it serves from a thread; nobody outside this machine can reach it.

    Args:
        employees: How many people to invent.
        seed: Decides who they are, the tokens and every chance.
        options: Answers to what the API page leaves open.
        faults: What goes wrong from the start.
        clock: The present instant, aware and in UTC.
        population: Takes the place of the invented people.
        port: Port to serve on; 0 takes a free one.
        admin: Whether `/_admin/...` is served.

    Raises:
        ValueError: Fewer people than none, or no port.
    """

    def __init__(
        self,
        employees: int = 500,
        seed: int = 7,
        *,
        options: Options | None = None,
        faults: Faults | None = None,
        clock: Clock = utc_now,
        population: Population | None = None,
        port: int = 0,
        admin: bool = False,
    ) -> None:
        if employees < 0:
            raise ValueError(f"employees is {employees}; it takes 0 and more")
        if not 0 <= port <= HIGHEST_PORT:
            raise ValueError(f"port is {port}; it takes 0 to {HIGHEST_PORT}")
        super().__init__(seed, f"http://{LOOPBACK}:{port}")
        self.options = options or Options()
        self.faults = faults or Faults(seed=seed)
        self.population = population or populate(
            employees, seed, self.options.as_of, self.options.badge_factor
        )
        self._organization = Organization(self.population, self.options, self.faults, seed, clock)
        self.requests = self._organization.requests
        """The requests so far, oldest first; `clear()` forgets them."""
        self._application = Application(self._organization, admin_app(self) if admin else None)
        self._server = Server(self._application)
        self._port = port

    def __enter__(self) -> Self:
        """Serve."""
        self._server.start(self.listen())
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop serving, whatever is under way."""
        self.stop()
        self._server.join()

    def listen(self) -> socket.socket:
        """Take the port.

        Raises:
            OSError: It is taken, or not to be had.
        """
        listener = listen(self._port)
        self.origin = f"http://{LOOPBACK}:{listener.getsockname()[1]}"
        return listener

    def serve(self, listener: socket.socket) -> None:
        """Serve until `stop`, or until a signal; returns then."""
        self._server.serve(listener)

    def stop(self) -> None:
        """Let serving end soon; answers still held are given up."""
        self._server.stop()

    def truth(self) -> Truth:
        """Get what every table should hold now: rows of typed values by table name."""
        with self.population.lock:
            return super().truth()

    def on_request(self, callback: Watcher) -> None:
        """Have a function called with each request before it is answered.

        It runs in the serving thread and may change the population.
        """
        self._application.watchers.append(callback)

    def on_answer(self, callback: Editor) -> None:
        """Have a function called with each answer; what it returns is sent instead."""
        self._application.editors.append(callback)
