"""`--cost`: what a first and an hourly run would ask of the API, told by page 1 of its lists.

Nothing is loaded, and no destination is asked. What may not be in here: how a run reads.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from workforce_source.client import Client
from workforce_source.endpoints import ACCEPTED, EMPLOYEES, LISTS
from workforce_source.exceptions import UnexpectedResponse
from workforce_source.exit_codes import ExitCode
from workforce_source.job.call import Call
from workforce_source.job.saying import say, show, show_document
from workforce_source.job.stopping import Stop
from workforce_source.job.text import align, seconds_text
from workforce_source.settings import Settings
from workforce_source.source import open_client

RATE: Final = 20.0
"""Requests a second, unless told otherwise."""
_HOUR: Final = timedelta(hours=1)
_MEMORY: Final = (285, 2.2)
"""Megabytes of a run's peak on DuckDB, and those for a further thousand employees: a line above
what `benchmarks/run.py --scale` measured with 5,000, 50,000 and 100,000."""


@dataclass(frozen=True)
class Cost:
    """What runs would cost.

    Attributes:
        employees: People in the list.
        accepted: Those who accepted, whose badges are read.
        pages: Pages of all lists.
        badge_max_age: How old a read of badges may get.
        rate: Requests a second.
    """

    employees: int
    accepted: int
    pages: int
    badge_max_age: timedelta
    rate: float

    @property
    def first(self) -> int:
        """Requests of a first run."""
        return self.pages + self.accepted

    @property
    def hourly(self) -> int:
        """Requests of a run an hour later, of many, when nothing is removed."""
        hours = max(self.badge_max_age / _HOUR, 1.0)
        return self.pages + math.ceil(self.accepted / hours)

    @property
    def megabytes(self) -> int:
        """Memory of a run at its peak, about."""
        start, thousand = _MEMORY
        return round(start + thousand * self.employees / 1000)

    def as_dict(self) -> dict[str, Any]:
        """Get it as plain values."""
        return {
            "employees": self.employees,
            "accepted": self.accepted,
            "list_pages": self.pages,
            "requests_per_second": self.rate,
            "first": {"requests": self.first, "seconds": round(self.first / self.rate, 1)},
            "hourly": {"requests": self.hourly, "seconds": round(self.hourly / self.rate, 1)},
            "requests_a_day": self.first + 23 * self.hourly,
            "megabytes": self.megabytes,
        }


def show_cost(call: Call, organizations: Iterable[str | None], stop: Stop) -> int:
    """Ask for page 1 of each list, and say what runs would cost.

    Args:
        call: What the job was asked for.
        organizations: Their names in the configuration; None for the only one.
        stop: Whether the run is to end.

    Returns:
        0.

    Raises:
        UnexpectedResponse: A list does not say how much it holds.

    Rests on the sections "Get Employees" and "Employee External Badges API".
    """
    costs = {}
    for name in organizations:
        settings = call.resolve(name)
        say(f"Asking {settings.base_url} for page 1 of each list ...")
        with open_client(settings, session=call.session) as client:
            cost = costs[name] = _cost(client, settings, call.given.rate or RATE, stop)
        if not call.given.json:
            show(_text(cost, name, settings.badge_max_age))
    if call.given.json:
        told = {name: cost.as_dict() for name, cost in costs.items()}
        show_document(told.get(None, {"organizations": told}))
    return ExitCode.LOADED


def _cost(client: Client, settings: Settings, rate: float, stop: Stop) -> Cost:
    firsts = {}
    for endpoint in LISTS:
        stop.raise_for_signal()
        firsts[endpoint.name] = client.page(endpoint, 1)
    accepted = client.page(EMPLOYEES, 1, {"filter": f"employee_state::{ACCEPTED}"}).total_count
    employees = firsts[EMPLOYEES.name].total_count
    if employees is None or accepted is None:
        raise UnexpectedResponse(
            "The list of employees does not say how many there are (`total_count`), so nothing can"
            " be foretold. Load with --max-badge-reads 100 to see how long that takes."
        )
    pages = sum(page.total_pages for page in firsts.values())
    return Cost(employees, accepted, pages, settings.max_age, rate)


def _text(cost: Cost, organization: str | None, age: str) -> str:
    lines = [
        ("", "requests", f"at {cost.rate:g} a second"),
        ("first run", f"{cost.first:,}", seconds_text(cost.first / cost.rate)),
        ("run an hour later", f"{cost.hourly:,}", seconds_text(cost.hourly / cost.rate)),
    ]
    name = "" if organization is None else f"{organization}: "
    return "\n".join(
        [
            f"{name}{cost.employees:,} employees, {cost.accepted:,} accepted; the lists have"
            f" {cost.pages:,} pages.",
            "",
            *align(lines, right=(1, 2)),
            "",
            f"Badges no older than {age}; removals ask for a request more each. About"
            f" {cost.megabytes} MB of memory.",
        ]
    )
