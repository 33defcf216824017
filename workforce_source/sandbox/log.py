"""What was asked: one entry a request, and counters.

For tests and benchmarks to look at, in memory only; nothing is ever written out.
"""

from collections import Counter, deque
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from threading import Lock
from typing import overload

_KEEP = 200_000  # entries; a server that runs for weeks must not grow for weeks


@dataclass(slots=True)
class Entry:
    """One request.

    Args:
        number: From 1, in the order of arrival.
        method: HTTP method.
        endpoint: Name of the route: `employees`, `employee`, `employee_data`,
            `external_badges`, `events`, `event`, `create_employee`, `update_employee`,
            `delete_employee`, `send_invitations`, `token`, or `unknown`.
        query: The query as it was sent.
        page: The page asked for; None without one.
        employee_id: Id of the employee the path key leads to, if any.
        authorization: Scheme of the credentials that came along, if any.
        client_port: Tells connections apart.
        at: When it came, by the sandbox's clock.
        started: When it came, in seconds of a steady clock.
        in_flight: Requests under way when it came, itself included.
        ended: When the answer was out, by the steady clock; None until then.
        status: Status of the answer; None until then, and for a cut connection.
    """

    number: int
    method: str
    endpoint: str
    query: str
    page: int | None
    employee_id: str | None
    authorization: str | None
    client_port: int
    at: datetime
    started: float
    in_flight: int
    ended: float | None = None
    status: int | None = None


class RequestLog:
    """The requests so far, as a sequence; from any thread."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._entries: deque[Entry] = deque(maxlen=_KEEP)
        self._counts: Counter[str] = Counter()
        self._in_flight = 0
        self._number = 0
        self.max_in_flight = 0
        """The most requests that were under way at once."""

    @property
    def in_flight(self) -> int:
        """Requests under way."""
        return self._in_flight

    def begin(self, entry: Entry) -> None:
        """Take note of a request; fills in its number and what is in flight."""
        with self._lock:
            self._number += 1
            self._in_flight += 1
            entry.number = self._number
            entry.in_flight = self._in_flight
            self.max_in_flight = max(self.max_in_flight, self._in_flight)
            self._entries.append(entry)
            self._counts[entry.endpoint] += 1

    def end(self, entry: Entry, ended: float) -> None:
        """Take note that a request is answered."""
        with self._lock:
            self._in_flight -= 1
            entry.ended = ended

    def counts(self) -> dict[str, int]:
        """Get the number of requests by endpoint."""
        with self._lock:
            return dict(self._counts)

    def clear(self) -> None:
        """Forget everything but what is under way."""
        with self._lock:
            self._entries.clear()
            self._counts.clear()
            self.max_in_flight = self._in_flight

    def __len__(self) -> int:
        """Get the number of entries kept."""
        return len(self._entries)

    def __iter__(self) -> Iterator[Entry]:
        """Go through the entries there are now."""
        with self._lock:
            return iter(list(self._entries))

    @overload
    def __getitem__(self, index: int) -> Entry: ...
    @overload
    def __getitem__(self, index: slice) -> list[Entry]: ...
    def __getitem__(self, index: int | slice) -> Entry | list[Entry]:
        """Get one entry, or some."""
        with self._lock:
            return list(self._entries)[index] if isinstance(index, slice) else self._entries[index]
