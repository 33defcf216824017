"""What is special about employees: their states, and their keys, which may lie.

An employee is read by external id or e-mail, never by the id itself. The answer's own `id` must be
the one asked for; nothing is ever taken for another person's.
"""

import math
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import chain
from typing import Any, Final, NamedTuple

from workforce_source.client import Record
from workforce_source.endpoints import EMPLOYEE_DATA, NOT_ACCEPTED, Endpoint
from workforce_source.exceptions import (
    ApiError,
    AuthenticationError,
    GivenUp,
    NotReadable,
    WorkforceError,
)
from workforce_source.sync.context import BRIEFLY, Context
from workforce_source.sync.listing import Listing
from workforce_source.tables import Key, Row, Rows

GONE: Final = frozenset({404, 410})
ONE_EMPLOYEE: Final = frozenset({403, 404, 410, 422})
"""Statuses that concern one employee only. The page names none of them; clients have met them."""
FURTHER_WALKS: Final = 2
"""Walks of the list that tell who is gone, where no key is here that the API would know."""
_ASKED_BY: Final = frozenset({"employees.external_id", "employees.email", "employees.full_name"})
_NAMES: Final = ("full_name", "email", "first_name", "last_name")


class ListedEmployee(NamedTuple):
    """What the list says of an employee that reading them needs."""

    external_id: str | None
    email: str | None
    state: str | None
    state_stamp: datetime | None

    @property
    def keys(self) -> list[str]:
        """External id and e-mail, as far as there are."""
        return [key for key in (self.external_id, self.email) if key]


class _Walk(NamedTuple):
    """A further walk of the list: who was new in it, and whether it was at rest meanwhile."""

    shown: list[Record]
    at_rest: bool


class EmployeeListing(Listing):
    """The list of employees, filtered as the settings say; each is noted as `ListedEmployee`."""

    def __init__(self, context: Context, endpoint: Endpoint) -> None:
        super().__init__(context, endpoint)
        self._again = threading.Lock()
        self._walks: list[_Walk] | None = None

    @property
    def listed(self) -> dict[str, ListedEmployee]:
        """Every employee on the list, by id."""
        return {employee_id: who for (employee_id,), who in self.seen.items()}

    @property
    def staying(self) -> set[str]:
        """Ids of the employees whose state does not say that they show no badges (any more)."""
        return {i for (i,), who in self.seen.items() if who.state not in NOT_ACCEPTED}

    def person(self, record: Record) -> Record:
        """Get the keys of an employee: the record."""
        return record

    def _read(self, record: Record) -> tuple[Key, Row, Rows]:
        return super()._read(self.context.suppression.without_manager(record))

    def params(self) -> dict[str, str]:
        """Get the filter."""
        wanted = self.context.settings.employee_filter or {}
        texts = (f"{key}::{value}" for key, value in sorted(wanted.items()))
        return {"filter": "|".join(texts)} if wanted else {}

    def note(self, record: Record, row: Row) -> ListedEmployee | None:
        """Get an employee's keys and state; None for whoever does not pass the filter.

        The page contradicts itself on the name of a key of the filter, and a server that ignores
        one it does not know answers everybody. The keys are the record's: the row lacks what the
        settings exclude.
        """
        for key, value in (self.context.settings.employee_filter or {}).items():
            names = _NAMES if key == "name_or_email" else (key,)
            texts = [str(record.get(name) or "").casefold() for name in names]
            wanted = value.casefold()
            if not (any(wanted in text for text in texts) if names is _NAMES else wanted in texts):
                return None
        external_id, email = (_text(record.get(name)) for name in ("external_id", "email"))
        state, stamp = row["employee_state"], row["employee_state_updated_at"]
        return ListedEmployee(external_id, email, state, stamp)

    def ask(self, scope: Key, known: list[Row]) -> list[Record] | None:
        """Ask for an employee by the last known keys, then by name ("Get a Single Employee")."""
        hidden = self.context.hidden.names
        row = {
            name: value
            for name, value in (known[0] if known else {}).items()
            if f"{self.table.name}.{name}" not in hidden
        }
        keys = [key for key in (row.get("external_id"), row.get("email")) if key]
        # both keys may have changed since, and a list that changes hides people: ask by name, too
        name = row.get("full_name")
        if name and "|" in name:  # which would end the filter's value
            name = None
        named = self._named(name) if name else ()
        for record in chain(chain.from_iterable(map(self._single, keys)), named):
            if (record["id"],) == scope:
                return [record]
        if name or len(keys) == 2:
            return []
        return self._walked_again(scope) if self._hidden else None

    @property
    def _hidden(self) -> bool:
        """Whether the settings leave no key here that the API would know."""
        return not _ASKED_BY.isdisjoint(self.context.hidden.names)

    def _walked_again(self, scope: Key) -> list[Record] | None:
        """Look for an employee in further walks, which all who are missing share; None if moving.

        A list at rest counts the same on each page, and shows as many as it counts, each once. Who
        is hidden by a page that shifts is hidden at its edge, and not three times in a row.
        """
        with self._again:
            if self._walks is None:
                self._walks = [self._walked() for _ in range(FURTHER_WALKS)]
        found = [
            record for walk in self._walks for record in walk.shown if record["id"] == scope[0]
        ]
        if found:
            return found[:1]
        return [] if all(walk.at_rest for walk in self._walks) else None

    def _walked(self) -> "_Walk":
        totals, ids, shown = set[int](), list[str](), list[Record]()
        for page in self.context.client.pages(self.endpoint):
            totals.add(page.total_count or 0)
            for record in page.records:
                ids.append(record["id"])
                if (record["id"],) not in self.seen:
                    shown.append(record)
        return _Walk(shown, len(totals) == 1 and len({*ids}) == len(ids) == max(totals))

    def _single(self, key: str) -> list[Record]:
        try:
            return [self.context.client.employee(key, BRIEFLY).record]
        except NotReadable as error:
            if error.status in GONE:
                return []
            raise

    def _named(self, name: str) -> Iterator[Record]:
        filtered = {"filter": f"name_or_email::{name}"}
        for page in self.context.client.pages(self.endpoint, filtered, BRIEFLY):
            yield from page.records


class KeyChooser:
    """Chooses the key an employee is asked for by: one that leads to nobody else.

    Args:
        listed: Every employee on the list, by id.
    """

    def __init__(self, listed: dict[str, ListedEmployee]) -> None:
        once: set[str] = set()
        self._shared: set[str] = set()
        for who in listed.values():
            # an employee may have the same text for both keys: that is no clash
            for key in {key.casefold() for key in who.keys}:
                (self._shared if key in once else once).add(key)

    def keys(self, who: ListedEmployee) -> list[str]:
        """Get the employee's keys, the better one first."""
        return sorted(who.keys, key=lambda key: key.casefold() in self._shared)


@dataclass(frozen=True, slots=True)
class BadgeAnswer:
    """How the read of one employee's badges ended.

    Attributes:
        employee_id: The employee.
        at: Just before the (last) request.
        rows: The rows of the answer, when it is the employee's; None otherwise.
        http_status: What an unreadable employee was answered with; 0 when no key leads to them.
        refusal: Why an employee is unreadable, where that may be no matter of this employee alone.
        given_up: Whether nothing usable came in the time there was: it may pass.
    """

    employee_id: str
    at: datetime
    rows: Rows | None = None
    http_status: int = 0
    refusal: WorkforceError | None = None
    given_up: bool = False


def read_badges(
    context: Context, employee_id: str, keys: list[str], within: float = math.inf
) -> BadgeAnswer:
    """Read one employee's badges ("Employee Data API") and make their rows in the same thread.

    Made where results are collected, in bursts, the rows kept the threads from their next
    requests: 3 % of the time of a first load of 5,000 employees.

    Args:
        context: The run.
        employee_id: The id the answer must have.
        keys: Keys to ask for, the better one first.
        within: Seconds each key is tried at most.
    """
    status, at, refusal = 0, context.clock.now(), None
    for key in keys:
        try:
            answer = context.client.data(key, within)
        except GivenUp as error:
            status = error.status or 0
            return BadgeAnswer(employee_id, at, None, status, refusal=error, given_up=True)
        except (ApiError, AuthenticationError) as error:
            # the key may lead to somebody else by now, whom nobody may read: ask by the other one
            status = error.status or 0
            refusal = None if status in ONE_EMPLOYEE else error
            continue
        if answer.record["id"] == employee_id:
            rows = context.reader.rows(EMPLOYEE_DATA.name, answer.record)
            return BadgeAnswer(employee_id, answer.started_at, rows)
    return BadgeAnswer(employee_id, at, None, status, refusal)


def _text(value: Any) -> str | None:
    return str(value) if value not in (None, "") else None
