"""The practical limit: asyncio, orjson and Arrow, and not one thing more than the rows need.

No retries, no throttle, no checkpoints, no difference, no removals: what a loader would take that
did nothing but the work. A connection is a protocol, so that an answer costs one callback and no
task; the next request is sent before the answer is decoded.
"""

import asyncio
from base64 import b64encode
from collections import deque
from collections.abc import Callable
from functools import partial
from typing import Any, cast
from urllib.parse import quote, urlsplit

import orjson

from benchmarks.loaders.job import Job, answer, given_job
from benchmarks.loaders.rows import Record, write

Take = Callable[[Any], None]


class Crew:
    """The connections to one server, which share what there is to ask.

    Args:
        job: Where the server is and how many connections there may be.
    """

    def __init__(self, job: Job) -> None:
        place = urlsplit(job.base_url)
        credentials = b64encode(f"{job.api_token}:".encode()).decode()
        self.head = (
            f" HTTP/1.1\r\nHost: {place.netloc}\r\nAuthorization: Basic {credentials}\r\n\r\n"
        )
        self._host, self._port = str(place.hostname), place.port or 80
        self._connections = job.connections
        self._todo: deque[tuple[str, Take]] = deque()
        self._idle: list[Connection] = []
        self._done: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def ask(self, path: str, take: Take) -> None:
        """Let a path be asked for and its decoded answer be taken."""
        if self._idle:
            self._idle.pop().send(path, take)
        else:
            self._todo.append((path, take))

    async def work(self) -> None:
        """Ask until there is nothing left to ask for."""
        loop = asyncio.get_running_loop()
        opened = [
            loop.create_connection(lambda: Connection(self), self._host, self._port)
            for _ in range(self._connections)
        ]
        # all of them before the first request: the last answer is known by everybody being idle
        for _, connection in await asyncio.gather(*opened):
            self.on_free(connection)
        await self._done

    def on_free(self, connection: "Connection") -> None:
        """Give a connection the next path."""
        if self._todo:
            connection.send(*self._todo.popleft())
        else:
            self._idle.append(connection)

    def on_taken(self) -> None:
        """Take note that an answer was taken, after which there may be nothing left."""
        if len(self._idle) == self._connections and not self._done.done():
            self._done.set_result(None)

    def on_failure(self, error: Exception) -> None:
        """End the work."""
        if not self._done.done():
            self._done.set_exception(error)


class Connection(asyncio.Protocol):
    """One connection, with one request on its way at most."""

    def __init__(self, crew: Crew) -> None:
        self._crew = crew
        self._transport: asyncio.WriteTransport
        self._received = b""
        self._take: Take

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep what to write to."""
        self._transport = cast("asyncio.WriteTransport", transport)

    def send(self, path: str, take: Take) -> None:
        """Ask for a path."""
        self._take = take
        self._transport.write(f"GET {path}{self._crew.head}".encode("ascii"))

    def data_received(self, data: bytes) -> None:
        """Collect an answer, and once it is whole, ask the next and take this one."""
        received = self._received + data if self._received else data
        start = received.find(b"\r\n\r\n") + 4
        if start < 4:
            self._received = received
            return
        length = received[:start].lower().partition(b"\r\ncontent-length:")[2]
        end = start + int(length[: length.find(b"\r\n")])
        if len(received) < end:
            self._received = received
            return
        self._received = b""
        take, crew = self._take, self._crew
        if not received.startswith(b"HTTP/1.1 200"):
            crew.on_failure(RuntimeError(received[:start].decode("latin-1").partition("\r\n")[0]))
            return
        crew.on_free(self)
        try:
            take(orjson.loads(received[start:end]))
            crew.on_taken()
        except Exception as error:  # in a callback: whoever waits for the crew must hear of it
            crew.on_failure(error)

    def connection_lost(self, error: Exception | None) -> None:
        """Say so, in case somebody still waits for an answer."""
        self._crew.on_failure(error or ConnectionError("the server closed the connection"))


async def read(job: Job) -> tuple[list[Record], list[Record], list[Record]]:
    """Get the employees, the data of the accepted ones, and the external badges."""
    crew = Crew(job)
    base = urlsplit(job.organization).path
    employees: dict[int, list[Record]] = {}
    external: dict[int, list[Record]] = {}
    people: list[Record] = []

    def take_person(body: Any) -> None:
        people.append(body["data"])

    def take_employees(number: int, body: Any) -> None:
        employees[number] = body["data"]
        more_pages(number, body, "employees", take_employees)
        for employee in body["data"]:
            if employee["employee_state"] == "accepted":
                key = quote(employee["email"], safe="")
                crew.ask(f"{base}/employees/{key}/data", take_person)

    def take_external(number: int, body: Any) -> None:
        external[number] = body["data"]
        more_pages(number, body, "employee_external_badges", take_external)

    def more_pages(number: int, body: Any, name: str, take: Callable[[int, Any], None]) -> None:
        if number == 1:
            for page in range(2, body["metadata"]["total_pages"] + 1):
                crew.ask(f"{base}/{name}?page={page}", partial(take, page))

    crew.ask(f"{base}/employees?page=1", partial(take_employees, 1))
    crew.ask(f"{base}/employee_external_badges?page=1", partial(take_external, 1))
    await crew.work()
    return _in_order(employees), people, _in_order(external)


def _in_order(pages: dict[int, list[Record]]) -> list[Record]:
    return [record for number in sorted(pages) for record in pages[number]]


def main() -> None:
    """Load once."""
    job = given_job()
    write(job.database, job.organization_id, *asyncio.run(read(job)))
    answer({})


if __name__ == "__main__":
    main()
