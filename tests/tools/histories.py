"""One organization's history beside what the contract of `load()` says the destination holds.

The oracle keeps the sandbox's truth as of each run, and who was read when; it shares nothing with
the code it judges but table names.
"""

import shutil
import tempfile
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast

import dlt
from dlt.destinations.exceptions import DatabaseUndefinedRelation

from tests.tools.compare import VOLATILE, Rows, tables_of
from tests.tools.timekeeping import Waits
from workforce_source import Summary, load
from workforce_source.clock import Clock
from workforce_source.sandbox import Options, Sandbox, SettableClock
from workforce_source.tables import DATA_TABLES, TABLE_BY_NAME

START = datetime(2026, 11, 10, 8, tzinfo=UTC)
BADGE_TABLES = ("employee_profiles", "employee_badges")
ALL_DATA = tuple(table.name for table in DATA_TABLES)
FAILURES = (429, 500, 503)
LISTED_TABLES = ("employees", "external_badges", "external_badge_skills")
Keyed = dict[str, Rows]


def keyed(truth: dict[str, list[dict[str, Any]]]) -> Keyed:
    """Truth by table and primary key."""
    return {
        name: {tuple(row[c] for c in TABLE_BY_NAME[name].primary_key): row for row in rows}
        for name, rows in truth.items()
    }


class History:
    """A sandbox, a destination and the oracle; `run` loads and checks the contract.

    Args:
        employees: How many there are in the beginning.
        seed: Who they are.
        options: Page size and the reading of `per`.
        destination: Makes the destination, given a folder of its own; DuckDB unless given.
        dataset: Name of the dataset.
        checkpoint_every: Employees a batch; one batch is all of a small organization unless given,
            because a load package costs a third of a second, whatever is in it.
        deletions: `hard` or `soft`.
    """

    def __init__(
        self,
        employees: int = 20,
        seed: int = 1,
        *,
        options: Options | None = None,
        destination: Callable[[Path], Any] | None = None,
        dataset: str = "workforce",
        checkpoint_every: int = 100,
        deletions: str = "hard",
    ) -> None:
        self.clock = SettableClock(START)
        self.sandbox = Sandbox(employees, seed, options=options, clock=self.clock)
        self.sandbox.__enter__()
        self.folder = Path(tempfile.mkdtemp(prefix="history-"))
        make = destination or (lambda folder: dlt.destinations.duckdb(str(folder / "w.duckdb")))
        self._destination = make(self.folder)
        self._dataset = dataset
        self.settings: dict[str, Any] = {
            **self.sandbox.settings,
            "checkpoint_every": checkpoint_every,
            "deletions": deletions,
            "max_workers": 3,
        }
        self.refresh: str | None = None
        self.badges: Keyed = {name: {} for name in BADGE_TABLES}
        self.templates: Keyed = {"badge_templates": {}, "badge_template_skills": {}}

        self.refused: dict[str, int] = {}
        self._held: dict[str, Rows] = {}

    def close(self) -> None:
        """Stop the sandbox and leave nothing behind."""
        self.sandbox.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    @property
    def pipelines_dir(self) -> Path:
        """Where dlt keeps what it knows; may be lost at any time."""
        return self.folder / "pipelines"

    def pipeline(self) -> dlt.Pipeline:
        """A pipeline as a new process would make it."""
        return dlt.pipeline(
            "histories",
            destination=self._destination,
            dataset_name=self._dataset,
            pipelines_dir=str(self.pipelines_dir),
            refresh=cast("Any", self.refresh),
        )

    def refuse(self, employee_id: str, status: int | None) -> None:
        """Let an employee's reads be answered with a status; None lets them be read."""
        self.sandbox.answer_employee(employee_id, status)
        if status is None:
            self.refused.pop(employee_id, None)
        else:
            self.refused[employee_id] = status

    def load(self, waits: Waits | None = None, **settings: Any) -> Summary:
        """One run at the time the clock shows, unchecked; with `waits`, without waiting."""
        pipeline = self.pipeline()
        self.refresh = None
        clock = waits.clock(self.clock) if waits else Clock(self.clock)
        return load(pipeline, clock=clock, **{**self.settings, **settings})

    def run(self, **settings: Any) -> Summary:
        """One run, and everything the contract says of it.

        A minute passes first, so that every read of this run is later than any before.
        """
        self.clock.advance(60)
        self.sandbox.requests.clear()
        if self.refresh:
            for name in (*self.badges, *self.templates):
                self.forget(name)
        summary = self.load(**settings)
        # an organization that lives on loses values one by one, which is nobody's lie
        assert not summary.statistics.holds, summary.statistics.held_values
        truth = keyed(self.sandbox.truth())
        self._held = tables_of(self.pipeline(), [*ALL_DATA, "badge_reads"])
        held_back = summary.exit_code == 5
        self._learn(truth)
        problems = [*self._listed(truth), *self._badges(truth), *self._templates()]
        if held_back:
            # what stayed is what the summary says was not removed
            problems = [problem for problem in problems if not problem.endswith(" stayed")]
        else:
            problems += self._ages(summary, settings)
        problems += self._requests(summary)
        assert not problems, "\n".join(problems[:20])
        return summary

    def run_again_at_once(self, **settings: Any) -> None:
        """A second run at the same instant: list requests only, nothing written."""
        self.sandbox.requests.clear()
        summary = self.load(**settings)
        assert (summary.packages, summary.statistics.rows_written) == (0, 0), summary.as_dict()
        lists = {"employees", "external_badges", *(self.settings.get("refresh_from") or ())}
        assert set(self.sandbox.counts()) <= lists

    def _learn(self, truth: Keyed) -> None:
        """Take over what this run read: the truth of now for those read now.

        A read that is held writes all it says, and keeps what it calls absent.
        """
        accepted = self._accepted(truth)
        read_now, held_now = set(), set()
        for key, row in self._held["badge_reads"].items():
            if row["badges_read_at"] == self.clock.now and row["read_status"] == "read":
                read_now.add(key[1])
            elif row["attempted_at"] == self.clock.now and row["read_status"] == "held":
                held_now.add(key[1])
        answered = read_now | held_now
        for name in BADGE_TABLES:
            kept = {
                key: row
                for key, row in self.badges[name].items()
                if key[1] in accepted and key[1] not in read_now
            }
            now = {key: row for key, row in truth[name].items() if key[1] in answered}
            self.badges[name] = kept | now
        seen = {
            row["badge_template_id"]
            for key, row in truth["employee_badges"].items()
            if key[1] in answered
        }
        old, skills = self.templates["badge_templates"], self.templates["badge_template_skills"]
        old.update({k: r for k, r in truth["badge_templates"].items() if k[1] in seen})
        self.templates["badge_template_skills"] = {
            k: r for k, r in skills.items() if k[1] not in seen
        } | {k: r for k, r in truth["badge_template_skills"].items() if k[1] in seen}

    @staticmethod
    def _accepted(truth: Keyed) -> set[str]:
        return {
            key[1] for key, row in truth["employees"].items() if row["employee_state"] == "accepted"
        }

    def _listed(self, truth: Keyed) -> list[str]:
        """C1 and C4: the lists are equal, column by column."""
        return [p for name in LISTED_TABLES for p in self._compare(name, truth[name])]

    def _badges(self, truth: Keyed) -> list[str]:
        """C2, C3 and C9: badges as of their read, and none of people who are not accepted."""
        expected = {key for key in truth["employees"] if key[1] in self._accepted(truth)}
        reads = set(self._held["badge_reads"])
        problems = [f"badge_reads lacks {key}" for key in expected - reads]
        problems += [f"badge_reads: {key} stayed" for key in reads - expected]
        return problems + [
            p for name in BADGE_TABLES for p in self._compare(name, self.badges[name])
        ]

    def _templates(self) -> list[str]:
        """C10: a template equals the newest answer that held it."""
        return [p for name, rows in self.templates.items() for p in self._compare(name, rows)]

    def _compare(self, name: str, expected: Rows) -> list[str]:
        actual = self._held[name]
        problems = [f"{name}: {key} is missing" for key in expected.keys() - actual.keys()]
        problems += [f"{name}: {key} stayed" for key in actual.keys() - expected.keys()]
        for key in expected.keys() & actual.keys():
            problems += [
                f"{name}: {key} {column} is {actual[key][column]!r}, not {value!r}"
                for column, value in expected[key].items()
                if (name, column) not in VOLATILE and actual[key][column] != value
            ]
        return problems

    def _ages(self, summary: Summary, settings: dict[str, Any]) -> list[str]:
        """C2: nobody readable is older than the limit, unless the reads were capped."""
        if settings.get("max_badge_reads") is not None:
            return []
        age = settings.get("badge_max_age", self.settings.get("badge_max_age"))
        limit = {"0": timedelta(0), "1h": timedelta(hours=1), "7d": timedelta(days=7)}.get(
            str(age), timedelta(hours=24)
        )
        late = []
        for key, row in self._held["badge_reads"].items():
            if row["read_status"] == "unreadable":
                continue
            if row["badges_read_at"] is None or self.clock.now - row["badges_read_at"] > limit:
                late.append(f"badge_reads: {key} is older than {limit}")
        return late

    def _requests(self, summary: Summary) -> list[str]:
        """C6: pages of the lists, one read for each employee due, one confirmation each."""
        # a request that failed and was repeated counts once
        answered = [entry for entry in self.sandbox.requests if entry.status not in FAILURES]
        sent = Counter(entry.endpoint for entry in answered)
        counted = summary.statistics
        most = {
            # a re-walk when the list counts more than it shows; a name when a key is missing
            "employees": 2 * self._pages(counted.listed["employees"])
            + counted.candidates["employees"],
            "employee": 2 * counted.candidates["employees"],
            "employee_data": counted.due_total + sum(counted.unreadable.values()),
            "event": min(counted.signals["new"], self._events(counted.due_total)),
            "events": 5 if "events" in (self.settings.get("refresh_from") or ()) else 0,
        }
        return [
            f"{sent.get(name, 0)} requests of {name}, at most {limit} expected"
            for name, limit in most.items()
            if sent.get(name, 0) > limit
        ]

    def _events(self, due: int) -> int:
        most = self.settings.get("max_signal_reads")
        return max(50, due // 10) if most is None else int(most)

    def _pages(self, records: int) -> int:
        return max(1, -(-records // self.sandbox.options.page_size))

    def lose_pipelines_dir(self) -> None:
        """The machine is new: nothing but the destination is left."""
        shutil.rmtree(self.pipelines_dir, ignore_errors=True)

    def empty(self, table: str, *, drop: bool) -> None:
        """Somebody drops or empties a table by hand."""
        with self.pipeline().sql_client() as client:
            name = client.make_qualified_table_name(table)
            with suppress(DatabaseUndefinedRelation):
                client.execute_sql(f"DROP TABLE {name}" if drop else f"DELETE FROM {name}")
        self.forget(table)

    def forget(self, table: str) -> None:
        """Expect no more of an emptied table than what is read from now on."""
        if table in self.badges:
            self.badges[table] = {}
        if table in self.templates:
            self.templates[table] = {}

    def data(self) -> dict[str, Rows]:
        """Every live row of every data table."""
        return tables_of(self.pipeline(), ALL_DATA)
