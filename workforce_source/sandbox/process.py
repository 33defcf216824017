"""One sandbox in a process of its own, for benchmarks and for whoever needs this one's CPU.

What it knows and does is asked for over the admin path; nothing is computed here.
"""

import itertools
import json
import os
import subprocess
import sys
import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from functools import cached_property
from http.client import HTTPConnection
from pathlib import Path
from threading import Timer
from typing import IO, Any, cast, overload
from urllib.parse import urlsplit

from workforce_source.sandbox.log import Entry
from workforce_source.sandbox.options import Options
from workforce_source.sandbox.truth import DATES, TABLES, TIMESTAMPS, Row, Truth

_START_WITHIN = 300.0  # seconds; a hundred thousand employees on a busy machine
_STOP_WITHIN = 5.0  # seconds
_ASK_WITHIN = 300.0  # seconds; the truth of a hundred thousand employees is long


class SandboxProcess:
    """A sandbox that runs in another process.

    Args:
        base_url: Where it serves.
    """

    def __init__(self, base_url: str) -> None:
        self._place = urlsplit(base_url).netloc
        known = self._ask("GET", "settings")
        self.base_url: str = known["base_url"]
        """What stands in the place of `https://api.credly.com/v1`."""
        self.organization_id: str = known["organization_id"]
        """The only organization there is."""
        self.api_token: str = known["api_token"]
        """Reads and writes."""
        self.token_url: str = known["token_url"]
        """Where OAuth access tokens are granted."""
        self.read_only_token: str = known["read_only_token"]
        """Reads only; a write is answered 403."""
        self.client_id: str = known["client_id"]
        """For OAuth client credentials."""
        self.client_secret: str = known["client_secret"]
        """For OAuth client credentials."""
        self.faults = _FaultsThere(self._ask)
        """What goes wrong; every attribute of `Faults` may be read and set."""

    @property
    def settings(self) -> dict[str, str]:
        """What a client needs: `base_url`, `organization_id`, `api_token`."""
        return {
            "base_url": self.base_url,
            "organization_id": self.organization_id,
            "api_token": self.api_token,
        }

    @property
    def requests(self) -> "RequestsThere":
        """The requests so far, oldest first; `clear()` forgets them."""

        def fetch() -> list[Entry]:
            entries = self._ask_lines("requests")
            return [Entry(**e | {"at": datetime.fromisoformat(e["at"])}) for e in entries]

        return RequestsThere(fetch, lambda: self._ask("DELETE", "requests"))

    @property
    def max_in_flight(self) -> int:
        """The most requests that were under way at once."""
        most: int = self._ask("GET", "counts")["max_in_flight"]
        return most

    @property
    def cpu_seconds(self) -> float:
        """Processor time the process has used so far, in seconds."""
        seconds: float = self._ask("GET", "counts")["cpu_seconds"]
        return seconds

    def counts(self) -> dict[str, int]:
        """Get the number of requests by endpoint."""
        counts: dict[str, int] = self._ask("GET", "counts")["counts"]
        return counts

    def statuses(self) -> dict[int, int]:
        """Get the number of answers by status."""
        statuses: dict[str, int] = self._ask("GET", "counts")["statuses"]
        return {int(status): count for status, count in statuses.items()}

    def truth(self) -> Truth:
        """Get what every table should hold now: rows of typed values by table name."""
        return {name: list(self.truth_rows(name)) for name in TABLES}

    def truth_rows(self, table: str) -> Iterator[Row]:
        """Get the rows of one table, one after the other; let nothing change meanwhile."""
        for row in self._ask_lines(f"truth/{table}"):
            for name in TIMESTAMPS.intersection(row):
                row[name] = row[name] and datetime.fromisoformat(row[name])
            for name in DATES.intersection(row):
                row[name] = row[name] and date.fromisoformat(row[name])
            yield row

    def churn(
        self,
        names: Iterable[str] | Mapping[str, int] | None = None,
        share: float = 0.01,
        seed: int | None = None,
    ) -> dict[str, list[str]]:
        """Let the organization live on; see `Sandbox.churn`."""
        kinds = dict(names) if isinstance(names, Mapping) else names and list(names)
        done: dict[str, list[str]] = self._ask(
            "POST", "churn", {"names": kinds, "share": share, "seed": seed}
        )
        return done

    def fail_next(self, status: int = 500, count: int = 1, **how: Any) -> None:
        """Let the next matching requests fail; see `Sandbox.fail_next`."""
        self._ask("POST", "fail_next", {"status": status, "count": count, **how})

    def answer_employee(self, employee_id: str, status: int | None) -> None:
        """Let the single reads of an employee answer this status; None lets them be read."""
        self._ask("POST", "answer_employee", {"employee_id": employee_id, "status": status})

    def set_clock(self, now: datetime | None) -> None:
        """Let its clock stand at an instant; None lets it run again."""
        self._ask("PUT", "clock", {"now": now and now.isoformat()})

    def expire_api_token(self) -> None:
        """Let the API token be expired: Basic is answered 401 from now on."""
        self._ask("POST", "expire_api_token")

    def expire_access_tokens(self) -> None:
        """Let every OAuth access token granted so far be expired."""
        self._ask("POST", "expire_access_tokens")

    def reset(self) -> None:
        """Forget requests, faults, planned failures and refused employees; the state stays."""
        self._ask("POST", "reset")

    def _ask(self, method: str, path: str, arguments: Any = None) -> Any:
        with self._asked(method, path, arguments) as answer:
            return json.loads(answer.read())

    def _ask_lines(self, path: str) -> Iterator[Any]:
        with self._asked("GET", path, None) as answer:
            for line in answer:
                yield json.loads(line)

    @contextmanager
    def _asked(self, method: str, path: str, arguments: Any) -> Iterator[Any]:
        connection = HTTPConnection(self._place, timeout=_ASK_WITHIN)
        try:
            body = None if arguments is None else json.dumps(arguments)
            connection.request(method, f"/_admin/{path}", body)
            answer = connection.getresponse()
            if answer.status != 200:
                raise ValueError(answer.read().decode())
            yield answer
        finally:
            connection.close()


class RequestsThere(Sequence[Entry]):
    """The requests the other process has seen, as of the first look at them.

    Args:
        fetch: Gets the entries, oldest first.
        forget: Lets the other process forget them.
    """

    def __init__(self, fetch: Callable[[], list[Entry]], forget: Callable[[], None]) -> None:
        self._fetch = fetch
        self._forget = forget

    @cached_property
    def _entries(self) -> list[Entry]:
        return self._fetch()

    @overload
    def __getitem__(self, index: int) -> Entry: ...
    @overload
    def __getitem__(self, index: slice) -> list[Entry]: ...
    def __getitem__(self, index: int | slice) -> Entry | list[Entry]:
        """Get one entry, or some."""
        return self._entries[index]

    def __len__(self) -> int:
        """Get the number of entries."""
        return len(self._entries)

    def clear(self) -> None:
        """Let the other process forget the requests so far."""
        self._forget()
        self._entries = []


class _FaultsThere:
    """The faults of the other process, read and set as attributes."""

    def __init__(self, ask: Any) -> None:
        self.__dict__["_ask"] = ask

    def __getattr__(self, name: str) -> Any:
        there = self.__dict__["_ask"]("GET", "faults")
        if name not in there:
            raise AttributeError(name)
        return there[name]

    def __setattr__(self, name: str, value: Any) -> None:
        self.set(**{name: value})

    def set(self, **values: Any) -> None:
        """Set several at once."""
        self.__dict__["_ask"]("PATCH", "faults", values)


@contextmanager
def sandbox_process(
    employees: int = 500, seed: int = 7, *, options: Options | None = None, port: int = 0
) -> Iterator[SandboxProcess]:
    """Serve a sandbox from a process of its own, which ends with this block or this process.

    Args:
        employees: How many people to invent.
        seed: Decides who they are, the tokens and every chance.
        options: Answers to what the API page leaves open.
        port: Port to serve on; 0 takes a free one.

    Raises:
        RuntimeError: It did not start; it has said why.
    """
    command = [sys.executable, "-m", "workforce_source.sandbox", "--admin", "--until-input-ends"]
    command += [f"--employees={employees}", f"--seed={seed}", f"--port={port}"]
    command += [
        f"--option={name}={text}" for name, text in (options or Options()).to_texts().items()
    ]
    here = str(Path(__file__).resolve().parents[2])
    paths = [here, *filter(None, [os.environ.get("PYTHONPATH")])]
    child = subprocess.Popen(  # noqa: S603 # this Python, with arguments made above
        command,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(paths)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,  # Ctrl-C is for the client: it may still want to finish a request
    )
    with child:
        try:
            yield SandboxProcess(_base_url(child))
        finally:
            child.terminate()
            try:
                child.wait(_STOP_WITHIN)
            except subprocess.TimeoutExpired:
                child.kill()


def _base_url(child: "subprocess.Popen[str]") -> str:
    output = cast("IO[str]", child.stdout)
    too_late = Timer(_START_WITHIN, child.kill)
    too_late.start()
    try:
        block = "".join(itertools.takewhile(lambda line: line != "\n", output))
    finally:
        too_late.cancel()
    try:
        base_url: str = tomllib.loads(block)["sources"]["workforce"]["base_url"]
    except KeyError:
        raise RuntimeError("The sandbox did not start; see its message above.") from None
    return base_url
