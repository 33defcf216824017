"""`load_audit`, `load_status`: a row a run, also of those that failed, and nothing of a person."""

import json
import secrets
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import dlt
import duckdb
import pytest

from tests.tools.main_job import personal_data_in
from workforce_source import load
from workforce_source.clock import Clock
from workforce_source.exceptions import AuthenticationError, DestinationError, Locked
from workforce_source.loading.audit_file import AuditFile
from workforce_source.sandbox import Sandbox
from workforce_source.settings import resolve_settings

START = datetime(2026, 11, 10, 8, tzinfo=UTC)


class Runs:
    """A pipeline and its clock, which stands where it is put."""

    def __init__(self, folder: Path, sandbox: Sandbox, destination: Any, dataset: str) -> None:
        self.sandbox = sandbox
        self.now = START
        self.folder = folder
        self.pipeline = dlt.pipeline(
            "workforce",
            destination=destination,
            dataset_name=dataset,
            pipelines_dir=str(folder),
        )

    def load(self, **settings: Any) -> Any:
        """Load, with the clock as it stands."""
        clock = Clock(now=lambda: self.now)
        return load(self.pipeline, clock=clock, **{**self.sandbox.settings, **settings})

    def rows(self, table: str = "load_audit") -> list[dict[str, Any]]:
        """The rows of a table, the oldest first."""
        with (
            self.pipeline.sql_client() as client,
            client.execute_query(
                f"SELECT * FROM {client.make_qualified_table_name(table)} ORDER BY ended"
            ) as cursor,
        ):
            names = [column[0] for column in cursor.native_cursor.description]
            return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    """Fifteen employees."""
    with Sandbox(employees=15, seed=7) as serving:
        yield serving


@pytest.fixture(
    params=[
        "duckdb",
        pytest.param("postgres", marks=[pytest.mark.postgres, pytest.mark.search]),
    ]
)
def runs(request: pytest.FixtureRequest, tmp_path: Path, sandbox: Sandbox) -> Runs:
    """Runs into a dataset of their own."""
    if request.param == "duckdb":
        destination: Any = dlt.destinations.duckdb(str(tmp_path / "workforce.duckdb"))
    else:
        destination = dlt.destinations.postgres(request.getfixturevalue("postgres_url"))
    return Runs(tmp_path, sandbox, destination, f"audit_{secrets.token_hex(3)}")


def test_each_run_leaves_a_row_and_the_last_is_the_status(runs: Runs) -> None:
    """Counts, times, and how it ended; a run in which nothing changed writes that row only."""
    first = runs.load(api_token_issued="2026-07-01")
    runs.now += timedelta(hours=1)
    second = runs.load(api_token_issued="2026-05-20")  # it ends in a week
    assert (first.exit_code, second.exit_code, second.packages) == (0, 0, 0)
    one, two = runs.rows()
    assert [one["run_id"], two["run_id"]] == [first.run_id, second.run_id]
    assert one["run_id"] != two["run_id"]
    for row, summary in ((one, first), (two, second)):
        assert row["requests"] == sum(summary.requests.values())
        assert row["accepted"] == summary.statistics.accepted
        assert (row["exit_code"], row["error"], row["unreadable"]) == (0, None, 0)
        assert json.loads(row["details"])["requests"] == summary.requests
    assert json.loads(one["details"])["notes"] == first.statistics.notes == []
    (warned,) = json.loads(two["details"])["notes"]
    assert "The API token ends on 2026-11-16" in warned
    assert one["rows_written"] == first.statistics.rows_written > 0 == two["rows_written"]
    assert one["badges_read"] == first.statistics.read > two["badges_read"]
    assert one["token_ends"].astimezone(UTC) == datetime(2026, 12, 28, tzinfo=UTC)
    (status,) = runs.rows("load_status")
    assert status["organization_id"] == runs.sandbox.organization_id
    assert status["run_id"] == second.run_id
    assert status["as_of"].astimezone(UTC) == START + timedelta(hours=1)
    assert status["fresh_until"].astimezone(UTC) == START + timedelta(hours=24)
    said = json.dumps([*runs.rows(), *runs.rows("load_status")], default=str)
    assert personal_data_in(said, runs.sandbox) == set()


def test_a_run_that_fails_leaves_its_row_and_what_was_loaded_stays_the_status(runs: Runs) -> None:
    """Kind of the error and exit code, and as of when the tables are."""
    runs.load()
    runs.now += timedelta(hours=30)
    with pytest.raises(AuthenticationError):
        runs.load(api_token="wrong")
    _, failed = runs.rows()
    assert (failed["exit_code"], failed["error"]) == (2, "AuthenticationError")
    assert failed["as_of"] is None
    (status,) = runs.rows("load_status")
    assert (status["exit_code"], status["as_of"].astimezone(UTC)) == (2, START)
    assert AuditFile(runs.pipeline).rows() == []


@pytest.mark.search  # plays several runs
def test_a_row_that_could_not_be_written_is_written_by_the_next_run(
    tmp_path: Path, sandbox: Sandbox
) -> None:
    """Who finds the destination locked, or gone, is heard of later."""
    file = tmp_path / "workforce.duckdb"
    runs = Runs(tmp_path, sandbox, dlt.destinations.duckdb(str(file)), "credly")
    runs.load()
    whole = file.read_bytes()
    file.write_text("no database", encoding="utf-8")
    runs.now += timedelta(hours=1)
    with pytest.raises(DestinationError):
        runs.load()
    (kept,) = AuditFile(runs.pipeline).rows()
    assert (kept["exit_code"], kept["error"]) == (1, "DestinationError")
    file.write_bytes(whole)
    runs.now += timedelta(hours=1)
    assert runs.load().exit_code == 0
    assert [(row["exit_code"], row["error"]) for row in runs.rows()] == [
        (0, None),
        (1, "DestinationError"),
        (0, None),
    ]
    assert [row["ended"].astimezone(UTC).hour for row in runs.rows()] == [8, 9, 10]
    assert AuditFile(runs.pipeline).rows() == []
    assert not list(tmp_path.glob("*.jsonl"))


def test_a_run_that_has_to_wait_too_long_is_heard_of(tmp_path: Path, sandbox: Sandbox) -> None:
    """The other's lease is no reason to say nothing; its row stays as it is."""
    file = tmp_path / "workforce.duckdb"
    runs = Runs(tmp_path, sandbox, dlt.destinations.duckdb(str(file)), "credly")
    runs.load()
    with duckdb.connect(str(file)) as connection:
        connection.execute(
            "update credly.workforce_leases"
            " set holder = 'another', expires = now() + interval 1 hour"
        )
    with pytest.raises(Locked):
        runs.load(wait_for_lease=0)
    (kept,) = AuditFile(runs.pipeline).rows()
    assert kept["error"] == "Locked"


@pytest.mark.search  # plays several runs
def test_rows_are_pruned_by_age(tmp_path: Path, sandbox: Sandbox) -> None:
    """Once a day, by a setting; those of other organizations stay."""
    file = tmp_path / "workforce.duckdb"
    runs = Runs(tmp_path, sandbox, dlt.destinations.duckdb(str(file)), "credly")
    runs.load()
    with duckdb.connect(str(file)) as connection:
        connection.execute(
            "insert into credly.load_audit by name select 'another' as"
            " organization_id, ended, exit_code from credly.load_audit"
        )
    runs.now += timedelta(days=9)
    runs.load(audit_retention="10d")
    assert len(runs.rows()) == 3
    runs.now += timedelta(days=2)
    with duckdb.connect(str(file)) as connection:
        connection.execute("update credly.workforce_leases set renewed = now() - interval 1 day")
    runs.load(audit_retention="10d")
    assert [row["organization_id"] == "another" for row in runs.rows()] == [True, False, False]


@pytest.mark.parametrize(
    ("day", "said"),
    [
        (datetime(2026, 11, 27, tzinfo=UTC), None),
        (datetime(2026, 11, 30, tzinfo=UTC), "ends on 2026-12-28, in 28 days"),
        (datetime(2026, 12, 27, 12, tzinfo=UTC), "ends on 2026-12-28:"),
        (datetime(2027, 1, 1, tzinfo=UTC), "was to end on 2026-12-28"),
    ],
)
def test_a_token_is_warned_of_from_thirty_days_before_its_end(
    day: datetime, said: str | None
) -> None:
    """The day of its issue is a setting: the API is never asked for its tokens."""
    given = {"organization_id": "o", "api_token": "t", "api_token_issued": "2026-07-01"}
    warning = resolve_settings(given).token_warning(day)
    assert (warning is None) if said is None else (warning is not None and said in warning)
    assert resolve_settings({**given, "api_token_issued": None}).token_warning(day) is None
