"""The organization the questions are asked of: two weeks of a sandbox, loaded as they went.

What happened is remembered beside it, from the sandbox and never from the destination.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

import dlt

from tests.marts import raw
from tests.tools.compare import Rows, tables_of
from tests.tools.histories import History, keyed
from workforce_source import sandbox
from workforce_source.marts import Seeds, build_marts
from workforce_source.tables import TABLES

EMPLOYEES = 300
DATASET = "credly"
SEEDS = Seeds.read(sandbox.SEEDS)
"""What the sandbox's company filled in, as `--sandbox` has it."""


@dataclass(frozen=True)
class Run:
    """One run: when it was, what the API held just then, and whose badges it read."""

    at: datetime
    truth: dict[str, Rows]
    read: frozenset[str]


@dataclass
class Organization:
    """The sandbox, the destination, every run, and the raw tables the marts were built from."""

    history: History
    refused: str
    """The one employee whose badges the API does not show."""
    runs: list[Run] = field(default_factory=list)
    raw: dict[date, raw.Rows] = field(default_factory=dict)

    @property
    def pipeline(self) -> dlt.Pipeline:
        """The pipeline it is loaded by."""
        return self.history.pipeline()

    @property
    def today(self) -> date:
        """The day of the last run, for which the marts are made."""
        return self.runs[-1].at.date()

    def run(self) -> None:
        """Load what the API holds, and remember it."""
        history = self.history
        history.run()
        answered = (entry for entry in history.sandbox.requests if entry.status == 200)
        read = {e.employee_id for e in answered if e.endpoint == "employee_data" and e.employee_id}
        truth = copy.deepcopy(keyed(history.sandbox.truth()))
        self.runs.append(Run(history.clock.now, truth, frozenset(read)))

    def build(self) -> None:
        """Build the marts of the day, and keep the rows they are made from."""
        build_marts(self.pipeline, as_of=self.today, today=self.today, seeds=SEEDS)
        held = tables_of(self.pipeline, [table.name for table in TABLES], live=False)
        self.raw[self.today] = {name: list(rows.values()) for name, rows in held.items()}

    def repeat(self, pipeline: dlt.Pipeline) -> None:
        """Have the same raw tables and marts in another destination."""
        for day, rows in self.raw.items():
            raw.write(pipeline, rows)
            build_marts(pipeline, as_of=day, today=day, seeds=SEEDS)

    def until(self, days: int, hour: int) -> None:
        """Let the clock go on to the hour of a day, counted from the first run's."""
        start = self.runs[0].at.replace(hour=0, minute=0, second=0)
        # a run begins a minute later
        self.history.clock.now = start + timedelta(days=days, hours=hour, minutes=-1)


@contextmanager
def organization() -> Iterator[Organization]:
    """From the first load on Tuesday, November 10, to the morning of Tuesday, November 24, 2026."""
    history = History(
        EMPLOYEES,
        seed=7,
        destination=lambda folder: dlt.destinations.duckdb(str(folder / "workforce.duckdb")),
        dataset=DATASET,
        checkpoint_every=4000,
        deletions="soft",
    )
    churn = history.sandbox.churn
    try:
        accepted = [e for e in history.sandbox.population.in_order() if e.accepted]
        told = Organization(history, refused=accepted[40].id)
        history.refuse(told.refused, 403)
        told.run()
        told.build()
        told.until(10, 8)  # Friday
        churn(share=0.1, seed=1)
        told.run()
        told.until(13, 20)  # Monday
        churn({"acceptances": 2, "joiners": 2, "profile_edits": 4, "new_badges": 6}, seed=2)
        churn({"revoked_badges": 2, "deletions": 2, "recreations": 1, "new_external": 1}, seed=3)
        told.run()
        told.until(14, 8)  # Tuesday: half of the badges are read again
        churn({"acceptances": 1, "leavers": 1, "deletions": 1, "profile_edits": 2}, seed=4)
        told.run()
        told.build()
        yield told
    finally:
        history.close()
