"""Simulates a month of hourly runs with and without signals: requests, ages, delays of new badges.

    python3 run.py benchmarks/signals.py                    20,000 employees, 30 days; some minutes
    python3 run.py benchmarks/signals.py --employees 2000 --days 10

A model: no HTTP, no destination, an invented clock, and requests that take no time. Who is due is
decided by the code of a load (`plan_reads`), and so is what signals lead to (`Signals`, which asks
a stand-in for the API); what happens to the organization is invented here, by one seed. Writes
`benchmarks/signals.txt`, which `benchmarks/run.py --page` puts on the page. Ends with 1 when a goal
is missed.
"""

import argparse
import json
import os
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from random import Random
from statistics import median, quantiles
from typing import Any, Final, cast

from workforce_source.client.meaning import Page
from workforce_source.clock import Clock
from workforce_source.endpoints import Endpoint
from workforce_source.exceptions import NotReadable
from workforce_source.freshness import Read, plan_reads
from workforce_source.mirror import Memory
from workforce_source.mirror.memory import BadgeRead
from workforce_source.settings import resolve_settings
from workforce_source.sync.context import Context
from workforce_source.sync.employees import ListedEmployee
from workforce_source.sync.signals import Remembered, Signals

WRITTEN: Final = Path(__file__).with_suffix(".txt")
START: Final = datetime(2026, 11, 2, tzinfo=UTC)  # a Monday
HOUR: Final = timedelta(hours=1)
DAY: Final = timedelta(days=1)
PAGE: Final = 50
CONNECTED: Final = 0.62
"""Share of the employees who are connected, as in the sandbox."""
BADGES_A_YEAR: Final = 2.0
"""New badges of each of them."""
WORKING: Final = range(8, 18)
"""Hours of the five days on which most badges are issued."""
OTHERS_A_DAY: Final = 30
"""Events of people who are no employees."""
FORGED_A_DAY: Final = 100
MOST_LATE: Final = 12.0
"""Hours."""
ORGANIZATION: Final = "0f1e"


@dataclass(frozen=True)
class Scenario:
    """One way to run.

    Attributes:
        name: What the page calls it.
        age: `badge_max_age`.
        announced: Share of the new badges of which there is an event; None without signals.
        unreliable: Whether a fifth of the events is lost, a fifth late and a fifth doubled, and
            forged ones come in: by webhooks, that is, which the list would make up for.
    """

    name: str
    age: str
    announced: float | None = None
    unreliable: bool = False


SCENARIOS: Final = (
    Scenario("no signals, 24h (the default)", "24h"),
    Scenario("no signals, 7d", "7d"),
    Scenario("7d, 100 % announced", "7d", 1.0),
    Scenario("7d, 50 % announced", "7d", 0.5),
    Scenario("7d, 0 % announced", "7d", 0.0),
    Scenario("7d, 100 % announced, webhooks lost, late, doubled and forged", "7d", 1.0, True),
)


@dataclass
class Found:
    """What a scenario came to.

    Attributes:
        days: How long it was.
        reads: Badge reads after the first load.
        events: Requests for events.
        peak: Most badge reads of an hour.
        oldest: Age of the oldest badges after any run.
        delays: Hours until new badges were seen, of those announced and of the others.
        unseen: New badges nobody had seen at the end.
    """

    days: int
    reads: int = 0
    events: int = 0
    peak: int = 0
    oldest: timedelta = timedelta(0)
    delays: dict[bool, list[float]] = field(default_factory=lambda: {True: [], False: []})
    unseen: int = 0


class Api:
    """Stands in for the API: the list of events, the newest first, and each of them."""

    def __init__(self) -> None:
        self.pointers: list[dict[str, str]] = []
        self.emails: dict[str, str] = {}
        self.requests = 0

    def happen(self, event_id: str, email: str, at: datetime) -> dict[str, str]:
        """Let there be an event; get its pointer."""
        pointer = {
            "id": event_id,
            "organization_id": ORGANIZATION,
            "event_type": "badge.created",
            "occurred_at": at.isoformat(),
        }
        self.pointers.append(pointer)
        self.emails[event_id] = email
        return pointer

    def page(self, _endpoint: Endpoint, number: int, **_: Any) -> Page:
        """Get a page of the list."""
        self.requests += 1
        pages = -(-len(self.pointers) // PAGE)
        newest = self.pointers[::-1][(number - 1) * PAGE : number * PAGE]
        return Page(
            cast("list[dict[str, Any]]", newest), number, pages, None, PAGE, number < pages, number
        )

    def event(self, event_id: str, _within: float = 0) -> dict[str, Any]:
        """Get an event."""
        self.requests += 1
        if event_id not in self.emails:
            raise NotReadable("unknown", status=404)
        return {"id": event_id, "badge": {"recipient_email": self.emails[event_id]}}

    def close(self) -> None:
        """Nothing is open."""


class Month:
    """A month of one organization, an hour at a time.

    Args:
        scenario: How runs go.
        employees: How many there are.
        days: How long it is.
        folder: For the file of pointers.
    """

    def __init__(self, scenario: Scenario, employees: int, days: int, folder: Path) -> None:
        self.scenario, self.days = scenario, days
        self.rng = Random(7)  # the same badges in every scenario
        self.luck = Random(11)
        self.now = START
        connected = [f"person-{number}" for number in range(round(employees * CONNECTED))]
        self.accepted: dict[str, datetime | None] = dict.fromkeys(connected, START)
        self.listed = {i: ListedEmployee(None, f"{i}@x", "accepted", START) for i in connected}
        self.reads: dict[str, Read] = {i: BadgeRead(START, None, START) for i in connected}
        self.api, self.remembered = Api(), Remembered()
        self.file = folder / "signals.jsonl"
        self.lines: list[tuple[datetime, str]] = []
        self.late: list[tuple[datetime, dict[str, str]]] = []
        self.waiting: dict[str, list[tuple[datetime, bool]]] = {}
        self.found = Found(days)
        self.memory = Memory(None, ORGANIZATION)
        self.memory.reads = cast("dict[str, BadgeRead]", self.reads)
        self.number = 0
        sources = [str(self.file)] if scenario.unreliable else ["events"]
        self.settings = resolve_settings(
            {
                "organization_id": ORGANIZATION,
                "api_token": "none",
                "badge_max_age": scenario.age,
                "refresh_from": None if scenario.announced is None else sources,
            }
        )
        self.context = Context.of(
            self.settings, cast("Any", self.api), self.memory, clock=Clock(lambda: self.now)
        )

    def pass_by(self) -> Found:
        """Let it pass; get what came of it."""
        for _ in range(self.days * 24):
            self.happen()
            self.now += HOUR
            self.run()
        self.found.unseen = sum(map(len, self.waiting.values()))
        return self.found

    def happen(self) -> None:
        """Let an hour happen: new badges, people who come and go, events of others."""
        rng, hour, weekday = self.rng, self.now.hour, self.now.weekday()
        people = list(self.accepted)
        a_day = len(people) * BADGES_A_YEAR / 365
        working = weekday < 5 and hour in WORKING
        for _ in range(_chance(rng, a_day * (0.9 * 7 / 5 / 10 if working else 0.1 * 7 / 118))):
            self.issue(rng.choice(people))
        if weekday == 2 and hour == 16:  # a course ends: for one in 400, all at once
            for person in rng.sample(people, len(people) // 400):
                self.issue(person)
        for _ in range(_chance(rng, 5 / 24)):  # who comes is read as never read
            self.number += 1
            new = f"joiner-{self.number}"
            self.accepted[new] = self.now
            self.listed[new] = ListedEmployee(None, f"{new}@x", "accepted", self.now)
        for _ in range(_chance(rng, 4 / 24)):
            gone = rng.choice(people)
            for known in (self.accepted, self.listed, self.reads, self.waiting):
                cast("dict[str, Any]", known).pop(gone, None)
        for _ in range(_chance(rng, OTHERS_A_DAY / 24)):
            self.announce("nobody@x", self.moment())

    def issue(self, person: str) -> None:
        """Issue a badge."""
        at = self.moment()
        share = self.scenario.announced
        told = share is not None and self.luck.random() < share
        if told:
            self.announce(f"{person}@x", at)
        self.waiting.setdefault(person, []).append((at, told))

    def moment(self) -> datetime:
        """Get some moment of the hour."""
        return self.now + HOUR * self.rng.random()

    def announce(self, email: str, at: datetime) -> None:
        """Make an event, and send it."""
        self.number += 1
        pointer = self.api.happen(f"event-{self.number}", email, at)
        if not self.scenario.unreliable:
            return
        chance = self.luck.random()
        if chance < 0.2:
            return
        late = timedelta(hours=self.luck.random() * MOST_LATE) if chance < 0.4 else timedelta(0)
        for _ in range(2 if self.luck.random() < 0.2 else 1):
            self.late.append((at + late, pointer))

    def run(self) -> None:
        """Run as a load does, and see what it reads."""
        found, age = self.found, self.settings.max_age
        plan = plan_reads(self.accepted, self.reads, self.now, age)
        if self.scenario.announced is not None:
            self.receive()
            signals = Signals(self.remembered)
            if early := signals.find(self.context, self.listed, self.accepted, len(plan.due)):
                plan = plan_reads(self.accepted, self.reads, self.now, age, signalled=early)
            signals.settle(plan.due)
            since = signals.since or self.now
            asked = self.remembered.asked
            self.remembered.asked = {i: at for i, at in asked.items() if at >= since}
        for person in plan.due:
            self.reads[person] = BadgeRead(self.now, None, self.accepted[person])
            for at, told in self.waiting.pop(person, ()):
                found.delays[told].append((self.now - at) / HOUR)
        found.reads += len(plan.due)
        found.peak = max(found.peak, len(plan.due))
        found.events = self.api.requests
        oldest = min(self.reads[i].read_at or START for i in self.accepted)
        found.oldest = max(found.oldest, self.now - oldest)

    def receive(self) -> None:
        """Write the file of pointers as a receiver would: what came, and what was forged."""
        if not self.scenario.unreliable:
            return
        come = [pointer for at, pointer in self.late if at <= self.now]
        self.late = [(at, pointer) for at, pointer in self.late if at > self.now]
        for _ in range(_chance(self.luck, FORGED_A_DAY / 24)):
            self.number += 1
            forged = {"id": f"forged-{self.number}", "occurred_at": self.now.isoformat()}
            come.append({"organization_id": ORGANIZATION, "event_type": "badge.created"} | forged)
        self.luck.shuffle(come)
        received = {"received_at": self.now.isoformat()}
        self.lines += [(self.now, json.dumps(pointer | received)) for pointer in come]
        self.lines = [(at, line) for at, line in self.lines if self.now - at < 8 * DAY]
        self.file.write_text("".join(f"{line}\n" for _, line in self.lines), encoding="utf-8")


def _chance(rng: Random, expected: float) -> int:
    whole = int(expected)
    return whole + (rng.random() < expected - whole)


def main(arguments: list[str] | None = None) -> int:
    """Simulate, print and keep; tell by the result whether the goals are reached."""
    parsing = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parsing.add_argument("--employees", type=int, default=20_000)
    parsing.add_argument("--days", type=int, default=30)
    given = parsing.parse_args(arguments)
    simulate = partial(simulated, given.employees, given.days)
    with ProcessPoolExecutor(min(len(SCENARIOS), 2 * (os.cpu_count() or 1))) as processes:
        months = dict(zip(SCENARIOS, processes.map(simulate, SCENARIOS), strict=True))
    text, kept = page(months, given.employees, given.days)
    print(text)
    if given.employees == 20_000 and given.days == 30:
        WRITTEN.write_text(text, encoding="utf-8")
    return 0 if kept else 1


def simulated(employees: int, days: int, scenario: Scenario) -> Found:
    """Get what a scenario comes to."""
    with tempfile.TemporaryDirectory() as folder:
        return Month(scenario, employees, days, Path(folder)).pass_by()


def page(months: dict[Scenario, Found], employees: int, days: int) -> tuple[str, bool]:
    """Get the section of the page, and whether every goal is reached."""
    lines = [
        "| run | badge reads a day | of the default's | requests for events a day"
        " | most reads an hour | oldest badges | new badge seen after, median"
        " | 95 % within | longest |",
        "| --- | --- | --- | --- | --- | --- | --- | --- | --- |",
    ]
    today = months[SCENARIOS[0]]
    for scenario, found in months.items():
        for told, name in _parts(scenario, found):
            values = (
                found.delays[True] + found.delays[False] if told is None else found.delays[told]
            )
            if told is not True or scenario.announced == 1.0:
                cells = [
                    f"{found.reads / days:,.0f}",
                    f"1/{today.reads / found.reads:.2f}",
                    f"{found.events / days:,.0f}",
                    f"{found.peak:,}",
                    f"{found.oldest / HOUR:.1f} h",
                ]
            else:
                cells = [""] * 5
            lines.append(f"| {name} | {' | '.join([*cells, *_delay(values)])} |")
    goals = list(_goals(months))
    text = (
        f"## A month with signals, {employees:,} employees, hourly\n\n"
        "Made by `python3 run.py benchmarks/signals.py`: a simulation, of a model. Who is due, and"
        " whom events lead to, is\ndecided by the code of a load; API, clock and organization are"
        f" invented. {round(employees * CONNECTED):,} are connected; each gets\n"
        f"{BADGES_A_YEAR:.0f} badges a year, most in working hours, and one in 400 gets another"
        f" when a course ends; a few come and go; {OTHERS_A_DAY}\nevents a day are of people who"
        " are no employees. Of webhooks a fifth is lost, a fifth up to"
        f" {MOST_LATE:.0f} hours late, a fifth\ndoubled, and {FORGED_A_DAY} a day are forged."
        f" {days} days after a first load; list pages, the same in every row, are left out.\n\n"
        + "\n".join(lines)
        + "\n\n| goal | has to be | is | kept |\n| --- | --- | --- | --- |\n"
        + "".join(
            f"| {what} | {bound} | {figure} | {'yes' if kept else '**no**'} |\n"
            for what, bound, figure, kept in goals
        )
    )
    return text, all(kept for *_, kept in goals)


def _parts(scenario: Scenario, found: Found) -> Iterator[tuple[bool | None, str]]:
    """Get the rows of a scenario: one, or one for each of those announced and the others."""
    if found.delays[True] and found.delays[False]:
        yield False, f"{scenario.name}: those that are not"
        yield True, f"{scenario.name}: those that are"
    else:
        yield None, scenario.name


def _delay(hours: list[float]) -> tuple[str, str, str]:
    if len(hours) < 2:
        return "", "", ""
    median_of, within, longest = median(hours), quantiles(hours, n=20)[-1], max(hours)
    return f"{median_of:.1f} h", f"{within:.1f} h", f"{longest:.1f} h"


def _goals(months: dict[Scenario, Found]) -> Iterator[tuple[str, str, str, bool]]:
    today, announced = months[SCENARIOS[0]], months[SCENARIOS[2]]
    share = today.reads / announced.reads
    yield "100 % announced: badge reads", "1/7 of the default's", f"1/{share:.2f}", share >= 7
    delay = median(announced.delays[True])
    yield "100 % announced: new badge seen after, median", "below 2 h", f"{delay:.1f} h", delay < 2
    half = median(months[SCENARIOS[3]].delays[True])
    yield "50 % announced: those that are, median", "below 2 h", f"{half:.1f} h", half < 2
    oldest = max(months[one].oldest for one in SCENARIOS[1:]) / HOUR
    yield "Oldest badges, whatever signals do", "at most 168 h", f"{oldest:.1f} h", oldest <= 168


if __name__ == "__main__":
    sys.exit(main())
