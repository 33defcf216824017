"""One sandbox in this process: its state, and the server that answers from it.

The way to a sandbox in a process of its own is in `process.py`.
"""

import asyncio
import socket
import time
from collections.abc import Iterable, Mapping
from datetime import datetime
from threading import Thread
from types import TracebackType
from typing import Self

import uvicorn

from workforce_source.sandbox.admin import admin_app
from workforce_source.sandbox.auth import Doorkeeper
from workforce_source.sandbox.churn import Churner, Done
from workforce_source.sandbox.faults import KINDS, Failure, Fate, Faults, Kind
from workforce_source.sandbox.gate import Editor, Gate, Watcher
from workforce_source.sandbox.log import RequestLog
from workforce_source.sandbox.model import Population
from workforce_source.sandbox.options import Options
from workforce_source.sandbox.populate import populate
from workforce_source.sandbox.reads import Reads
from workforce_source.sandbox.times import Clock, utc_now
from workforce_source.sandbox.truth import Truth, TruthTeller
from workforce_source.sandbox.writes import Writes

LOOPBACK = "127.0.0.1"
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


class Sandbox:
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
        self.options = options or Options()
        self.faults = faults or Faults(seed=seed)
        self.population = population or populate(
            employees, seed, self.options.as_of, self.options.badge_factor
        )
        self.clock = clock
        self._port = port
        self._server: uvicorn.Server | None = None
        self._thread: Thread | None = None
        self._doorkeeper = Doorkeeper(seed, self.options, self._now)
        self._fate = Fate(self.faults, self._now)
        self._reads = Reads(self.population, self.options, self.faults)
        self._churner = Churner(self.population, seed)
        self._gate = Gate(
            population=self.population,
            reads=self._reads,
            writes=Writes(self.population, self.options, self._reads, self._now),
            doorkeeper=self._doorkeeper,
            faults=self.faults,
            fate=self._fate,
            clock=self._now,
        )
        if admin:
            self._gate.admin = admin_app(self)
        self.organization_id = self._doorkeeper.organization_id
        """The only organization there is."""
        self.api_token = self._doorkeeper.api_token
        """Reads and writes."""
        self.read_only_token = self._doorkeeper.read_only_token
        """Reads only; a write is answered 403."""
        self.client_id = self._doorkeeper.client_id
        """For OAuth client credentials."""
        self.client_secret = self._doorkeeper.client_secret
        """For OAuth client credentials."""

    def _now(self) -> datetime:
        return self.clock()

    def __enter__(self) -> Self:
        """Serve."""
        listener = self.listen()
        self._thread = Thread(target=self.serve, args=(listener,), name="sandbox", daemon=True)
        self._thread.start()
        deadline = time.monotonic() + _START_WITHIN
        while not (self._server and self._server.started):
            if not self._thread.is_alive() or time.monotonic() > deadline:
                raise RuntimeError("The sandbox did not start.")
            time.sleep(0.002)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop serving, whatever is under way."""
        self.stop()
        if self._thread:
            self._thread.join()

    def listen(self) -> socket.socket:
        """Take the port."""
        listener = socket.create_server((LOOPBACK, self._port), backlog=1024)
        self._port = listener.getsockname()[1]
        return listener

    def serve(self, listener: socket.socket) -> None:
        """Serve until `stop`; returns then."""
        # what uvicorn calls an error is mostly a fault that was asked for; ours are logged by Gate
        config = uvicorn.Config(
            self._gate,
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
        self._server.run(sockets=[listener])

    def stop(self) -> None:
        """Let `serve` return soon; answers still held are given up."""
        if self._server:
            self._server.should_exit = True

    @property
    def origin(self) -> str:
        """Scheme, host and port."""
        return f"http://{LOOPBACK}:{self._port}"

    @property
    def base_url(self) -> str:
        """What stands in the place of `https://api.credly.com/v1`."""
        return f"{self.origin}/v1"

    @property
    def token_url(self) -> str:
        """Where OAuth access tokens are granted."""
        return f"{self.origin}/oauth/token"

    @property
    def settings(self) -> dict[str, str]:
        """What a client needs: `base_url`, `organization_id`, `api_token`."""
        return {
            "base_url": self.base_url,
            "organization_id": self.organization_id,
            "api_token": self.api_token,
        }

    @property
    def requests(self) -> RequestLog:
        """The requests so far, oldest first; `clear()` forgets them."""
        return self._gate.log

    @property
    def max_in_flight(self) -> int:
        """The most requests that were under way at once."""
        return self._gate.log.max_in_flight

    def counts(self) -> dict[str, int]:
        """Get the number of requests by endpoint."""
        return self._gate.log.counts()

    def truth(self) -> Truth:
        """Get what every table should hold now: rows of typed values by table name."""
        with self.population.lock:
            return self.truth_teller().tables()

    def truth_teller(self) -> TruthTeller:
        """Get what tells the rows table by table; hold the population's lock meanwhile."""
        return TruthTeller(
            self.population, self.organization_id, self._reads.lists_external_badges_of
        )

    def churn(
        self,
        names: Iterable[str] | Mapping[str, int] | None = None,
        share: float = 0.01,
        seed: int | None = None,
    ) -> Done:
        """Let the organization live on.

        Args:
            names: Kinds of churn (see `churn.py`); a mapping says how many of each. None: all.
            share: Share of the employees touched, where no number is given.
            seed: Decides who; None continues the sandbox's own sequence.

        Returns:
            The ids of what was touched, by kind.
        """
        return self._churner.churn(names, share, seed, self._now())

    def fail_next(
        self,
        status: int = 500,
        count: int = 1,
        endpoint: str | None = None,
        retry_after: float | str | None = None,
        kind: Kind = "status",
        location: str | None = None,
    ) -> None:
        """Let the next matching requests fail.

        Args:
            status: Status answered, for `kind` `status` and `redirect`.
            count: How many requests.
            endpoint: Endpoint they belong to; None for any.
            retry_after: Value of the Retry-After header.
            kind: How they fail.
            location: Origin a `redirect` leads to.

        Raises:
            ValueError: There is no such kind or endpoint.
        """
        if kind not in KINDS:
            raise ValueError(f"{kind}: no such kind of failure; there is {', '.join(KINDS)}")
        if endpoint is not None and endpoint not in self._gate.endpoints:
            raise ValueError(
                f"{endpoint}: no such endpoint; there is {', '.join(self._gate.endpoints)}"
            )
        after = None if retry_after is None else str(retry_after)
        self._fate.plan(Failure(kind, status, after, location), count, endpoint)

    def answer_employee(self, employee_id: str, status: int | None) -> None:
        """Let the single reads of an employee answer this status; None lets them be read."""
        if status is None:
            self._reads.refused.pop(employee_id, None)
        else:
            self._reads.refused[employee_id] = status

    def on_request(self, callback: Watcher) -> None:
        """Have a function called with each request before it is answered.

        It runs in the serving thread and may change the population.
        """
        self._gate.watchers.append(callback)

    def on_answer(self, callback: Editor) -> None:
        """Have a function called with each answer; what it returns is sent instead."""
        self._gate.editors.append(callback)

    def expire_api_token(self) -> None:
        """Let the API token be expired: Basic is answered 401 from now on."""
        self._doorkeeper.expire_api_token()

    def expire_access_tokens(self) -> None:
        """Let every OAuth access token granted so far be expired."""
        self._doorkeeper.expire_access_tokens()

    def reset(self) -> None:
        """Forget requests, faults, planned failures and refused employees; the state stays."""
        self.faults.clear()
        self._fate.forget()
        self._reads.refused.clear()
        self.requests.clear()
