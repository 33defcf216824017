"""The main job as a newcomer runs it: what it loads, says, leaves behind, and promises anywhere.

Bad input is in test_errors.py, stopping in test_stop.py.
"""

import json
import shutil
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import dlt
import duckdb
import pytest

from tests.tools.main_job import (
    CHECKOUT,
    SCRIPT,
    Done,
    account,
    personal_data_below,
    personal_data_in,
    run_job,
    run_python,
)
from workforce_source.sandbox import Options, Sandbox
from workforce_source.tables import DATA_TABLES, TABLES

READABLE_BY_1_2 = 65
"""Number of DuckDB's storage format since 1.2.0, as its files carry it."""


@dataclass
class Ran:
    """A first load.

    Attributes:
        folder: Where it ran.
        sandbox: What it read.
        done: What it said.
        today: The day it ran.
        requests: Requests by endpoint.
    """

    folder: Path
    sandbox: Sandbox
    done: Done
    today: date
    requests: dict[str, int]

    def query(self, sql: str) -> list[tuple[Any, ...]]:
        """Ask the DuckDB file."""
        with duckdb.connect(str(self.folder / "workforce.duckdb"), read_only=True) as connection:
            return connection.execute(sql).fetchall()


@pytest.fixture(
    scope="module",
    params=["an empty directory", pytest.param("pipelines", marks=pytest.mark.search)],
)
def ran(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ran]:
    """A first load with no `.dlt` near, from an empty directory and from one with the scripts."""
    folder, script = tmp_path_factory.mktemp("ran"), SCRIPT
    if request.param == "pipelines":
        folder /= "pipelines"
        shutil.copytree(CHECKOUT / "pipelines", folder, ignore=shutil.ignore_patterns("*.duckdb*"))
        script = Path(SCRIPT.name)
    with Sandbox(employees=120, seed=3) as sandbox:
        # telemetry would go to the sandbox, where it would be seen
        variables = account(sandbox) | {
            "RUNTIME__DLTHUB_TELEMETRY_ENDPOINT": f"{sandbox.origin}/telemetry"
        }
        done = run_python(folder, str(script), variables=variables)
        assert done.returncode == 0, done.stderr
        yield Ran(folder, sandbox, done, datetime.now(UTC).date(), sandbox.counts())


def block(ran: Ran, number: int) -> list[list[str]]:
    """The words of each line of one block of the summary."""
    return [line.split() for line in ran.done.stdout.split("\n\n")[number].splitlines()]


def test_the_summary_counts_the_rows_there_are(ran: Ran) -> None:
    """Each table is listed with the rows the organization has, all of them added by this run."""
    shown = {words[0]: words[1:] for words in block(ran, 1)}
    truth = ran.sandbox.truth()
    for table in DATA_TABLES:
        count = f"{len(truth[table.name]):,}"
        assert shown[table.name] == [count, count, "0", "0"], table.name
    assert shown["changes"] == ["0"]
    assert shown["badge_reads"] == shown["employee_profiles"][:1]


def test_the_summary_counts_the_requests_the_api_saw(ran: Ran) -> None:
    """Requests by endpoint are those the sandbox answered, and nothing else was asked of it."""
    shown = dict(block(ran, 2))
    assert {name: shown[name] for name in ran.requests} == {
        name: f"{count:,}" for name, count in ran.requests.items()
    }
    assert shown["all"] == f"{sum(ran.requests.values()):,}"


def test_the_skills_held_most_are_counted_by_people(ran: Ran) -> None:
    """The ten skills, their holders and their share are those of a count written differently.

    Numbers of people are told to the nearest five, and a share is one of such numbers.
    """
    shown = [
        line.strip().split("  ")[0] + f" {line.split('%')[0].split()[-2]}"
        for line in ran.done.stdout.splitlines()
        if "█" in line
    ]
    connected, holders = skills_of(ran.sandbox, ran.today)
    numbers = [int(line.rsplit(" ", 1)[1]) for line in shown]
    counts = {name: nearest_five(len(people)) for name, people in holders.items()}
    assert numbers == sorted(counts.values(), reverse=True)[:10]
    for line, number in zip(shown, numbers, strict=True):
        name = line.rsplit(" ", 1)[0]
        assert counts[name.casefold()] == number
    assert f" {numbers[0] / nearest_five(len(connected)):.0%} " in ran.done.stdout


def nearest_five(count: int) -> int:
    """A number as it is told."""
    return 5 * round(count / 5)


def skills_of(sandbox: Sandbox, today: date) -> tuple[set[str], dict[str, set[str]]]:
    """Connected employees, and by skill those of them who hold it now, from the truth."""
    truth = sandbox.truth()
    connected = {row["id"] for row in truth["employees"] if row["employee_state"] == "accepted"}
    named: dict[str, list[str]] = defaultdict(list)
    for row in truth["badge_template_skills"]:
        named[row["badge_template_id"]].append(row["skill_key"])
    external: dict[tuple[str, str], list[str]] = defaultdict(list)
    for row in truth["external_badge_skills"]:
        external[row["employee_id"], row["credly_record_id"]].append(row["skill_key"])
    holders: dict[str, set[str]] = defaultdict(set)
    for badge in truth["employee_badges"]:
        if badge["state"] == "accepted":
            held(holders, badge, named[badge["badge_template_id"]], connected, today)
    for badge in truth["external_badges"]:
        keys = external[badge["employee_id"], badge["credly_record_id"]]
        held(holders, badge, keys, connected, today)
    return connected, holders


def held(
    holders: dict[str, set[str]],
    badge: dict[str, Any],
    keys: list[str],
    connected: set[str],
    today: date,
) -> None:
    """Count one badge for its skills, unless it has expired or its owner is not connected."""
    expires = badge["expires_at_date"]
    if badge["employee_id"] in connected and (expires is None or expires >= today):
        for key in keys:
            holders[key].add(badge["employee_id"])


def test_no_telemetry_leaves(ran: Ran) -> None:
    """The endpoint telemetry would go to has heard nothing."""
    assert "unknown" not in ran.sandbox.counts()


@pytest.mark.search  # judges another test
def test_telemetry_that_was_asked_for_would_be_seen(tmp_path: Path, sandbox: Sandbox) -> None:
    """What you set in the environment stands; so the test above can fail."""
    variables = account(sandbox) | {
        "RUNTIME__DLTHUB_TELEMETRY": "true",
        "RUNTIME__DLTHUB_TELEMETRY_ENDPOINT": f"{sandbox.origin}/telemetry",
    }
    assert run_job(tmp_path, "--no-marts", variables=variables).returncode == 0
    assert "unknown" in sandbox.counts()


def test_rows_reach_duckdb_as_parquet(ran: Ran) -> None:
    """Every job that carried rows of ours was a parquet file."""
    pipeline = dlt.attach("workforce", pipelines_dir=str(ran.folder / "dlt" / "pipelines"))
    trace = pipeline.last_trace
    assert trace
    assert trace.last_load_info
    ours = {table.name for table in TABLES}
    jobs = [
        job.job_file_info
        for package in trace.last_load_info.load_packages
        for job in package.jobs["completed_jobs"]
        if job.job_file_info.table_name in ours and job.job_file_info.file_format != "sql"
    ]
    assert jobs
    assert {job.file_format for job in jobs} == {"parquet"}


def test_every_row_says_which_load_it_came_with(ran: Ran) -> None:
    """`_dlt_load_id` is in every table of data and names a load that was completed."""
    for table in DATA_TABLES:
        ((stray,),) = ran.query(
            f"select count(*) from credly.{table.name} where _dlt_load_id is null or _dlt_load_id"
            " not in (select load_id from credly._dlt_loads where status = 0)"
        )
        assert stray == 0, table.name


def test_nothing_personal_is_left_beside_the_destination(ran: Ran) -> None:
    """No job file is kept, and no e-mail, name or token is in what was said or left behind."""
    said = ran.done.stdout + ran.done.stderr
    assert personal_data_in(said, ran.sandbox) == set()
    assert personal_data_below(ran.folder, ran.sandbox) == {}
    assert [p for p in ran.folder.rglob("*") if p.suffix in (".parquet", ".gz", ".jsonl")] == []


@pytest.mark.search  # judges another test
def test_job_files_that_were_asked_for_would_be_found(tmp_path: Path, sandbox: Sandbox) -> None:
    """Kept job files hold people, and the search finds them; so the test above can fail."""
    variables = account(sandbox) | {"LOAD__DELETE_COMPLETED_JOBS": "false"}
    assert run_job(tmp_path, "--no-marts", variables=variables).returncode == 0
    assert any("completed_jobs" in name for name in personal_data_below(tmp_path, sandbox))


def test_todays_programs_can_open_the_duckdb_file(ran: Ran) -> None:
    """The file has the format that DuckDB reads since 1.2, whichever DuckDB wrote it."""
    header = (ran.folder / "workforce.duckdb").read_bytes()[:20]
    assert header[8:12] == b"DUCK"
    assert int.from_bytes(header[12:20], "little") <= READABLE_BY_1_2


def test_a_second_run_writes_nothing_and_says_so_in_json(ran: Ran) -> None:
    """--json is one document and nothing else; an unchanged organization is lists only."""
    done = run_job(ran.folder, "--json", variables=account(ran.sandbox))
    summary = json.loads(done.stdout)
    assert done.returncode == summary["exit_code"] == 0
    assert summary["rows"] == {}
    assert summary["packages"] == 0
    assert set(summary["requests"]) == {"employees", "external_badges"}


@pytest.mark.search  # in the normal run, README's first command
def test_the_sandbox_flag_loads_an_organization_twice(tmp_path: Path) -> None:
    """--sandbox needs no settings; the second time the same people are found unchanged."""
    flags = ("--sandbox", "--employees", "40", "--no-marts")
    first, second = (run_job(tmp_path, *flags, variables={}) for _ in range(2))
    assert first.returncode == second.returncode == 0, first.stderr + second.stderr
    with duckdb.connect(str(tmp_path / "sandbox.duckdb"), read_only=True) as connection:
        there = "select count(*) from credly.employees where removed_at is null"
        (employees,) = connection.execute(there).fetchall()[0]
        # the last month is told of, whenever that is
        newest = "select max(issued_at) > now() - interval 90 day from credly.employee_badges"
        assert connection.execute(newest).fetchall() == [(True,)]
    assert employees == 40
    assert "nothing had changed" in second.stdout
    unsaid = run_job(tmp_path, "--no-load", variables={})
    assert unsaid.returncode == 2
    assert "For the invented people in sandbox.duckdb add --sandbox." in unsaid.stderr
    refused = run_job(
        tmp_path,
        variables={
            "SOURCES__WORKFORCE__ORGANIZATION_ID": "an-account",
            "SOURCES__WORKFORCE__API_TOKEN": "a-token",
            "DESTINATION__DUCKDB__CREDENTIALS": "sandbox.duckdb",
        },
    )
    assert refused.returncode == 2
    assert "holds the invented people of --sandbox" in refused.stderr


@pytest.mark.search  # in the normal run, every job has a directory
def test_another_directory_has_a_file_of_its_own(tmp_path: Path, sandbox: Sandbox) -> None:
    """A run in a second directory fills that one's file, with the same working files of dlt."""
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        variables = account(sandbox) | {"DLT_DATA_DIR": str(tmp_path / "dlt")}
        assert run_job(tmp_path / name, "--no-marts", variables=variables).returncode == 0
    for name in ("one", "two"):
        with duckdb.connect(str(tmp_path / name / "workforce.duckdb"), read_only=True) as file:
            assert file.execute("select count(*) from credly.employees").fetchall() == [(60,)]


def test_check_asks_a_few_questions_and_leaves_nothing(tmp_path: Path, sandbox: Sandbox) -> None:
    """Every line is ok, each open question is answered, and no file or row is left."""
    done = run_job(tmp_path, "--check", variables=account(sandbox))
    assert done.returncode == 0, done.stdout + done.stderr
    lines = done.stdout.splitlines()
    asked = ("token", "organization", "employees", "external_badges", "one employee")
    for name in (*asked, "employee_data", "destination"):
        assert any(line.startswith(f"ok       {name} ") for line in lines), name
    assert "total_count counts on external badges: employees who have" in done.stdout
    assert "per=200 gets: per 50, so it is capped" in done.stdout
    assert "who has not accepted: status 403" in done.stdout
    assert sum(sandbox.counts().values()) <= 8
    assert not (tmp_path / "workforce.duckdb").exists()
    assert personal_data_in(done.stdout + done.stderr, sandbox) == set()


@pytest.mark.parametrize(
    ("setting", "value", "failed", "code"),
    [
        ("API_TOKEN", "not-the-token", "token", 2),
        ("ORGANIZATION_ID", "11111111-2222-3333-4444-555555555555", "organization", 2),
    ],
)
def test_check_says_which_of_them_failed(
    setting: str, value: str, failed: str, code: int, tmp_path: Path, sandbox: Sandbox
) -> None:
    """The failed line has the next step, what depends on it is skipped, the rest still asked."""
    variables = account(sandbox) | {f"SOURCES__WORKFORCE__{setting}": value}
    done = run_job(tmp_path, "--check", variables=variables)
    assert done.returncode == code
    (line,) = [line for line in done.stdout.splitlines() if line.startswith("failed")]
    assert line.split()[1] == failed
    assert f"Check {setting.lower()}" in line
    assert "skipped  employee_data" in done.stdout
    assert "ok       destination" in done.stdout


HEEDING = {"SOURCES__WORKFORCE__REFRESH_FROM": '["events"]'}


@pytest.mark.search
@pytest.mark.parametrize("status", [200, 403])
def test_check_tries_the_list_of_events_where_it_is_heeded(tmp_path: Path, status: Any) -> None:
    """Whoever switched signals on is told before a run whether there are any."""
    with Sandbox(60, options=Options(events_status=status)) as sandbox:
        done = run_job(tmp_path, "--check", variables=account(sandbox) | HEEDING)
    line = next(line for line in done.stdout.splitlines() if " events" in line[:16])
    assert done.returncode == (0 if status == 200 else 2)
    assert line.startswith("ok" if status == 200 else "failed")
    assert ("refresh_from" in line) == (status == 403)


@pytest.mark.search
def test_a_run_says_what_became_of_signals(tmp_path: Path, sandbox: Sandbox) -> None:
    """How many events were new and whom they led to; types nobody named are named."""
    variables = account(sandbox) | HEEDING
    assert run_job(tmp_path, "--no-marts", variables=variables).returncode == 0
    sandbox.churn({"new_badges": 1, "profile_edits": 2})
    done = run_job(tmp_path, "--no-marts", variables=variables)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "1 event was new and led to 1 employee." in done.stdout
    assert "Of other types than signal_events names: 2 (employee.changed)." in done.stdout
    assert "(1 signalled)" in done.stdout


def test_check_finds_a_destination_that_cannot_be_written(tmp_path: Path, sandbox: Sandbox) -> None:
    """A DuckDB file that cannot be made is a failed line, with exit 1."""
    (tmp_path / "notes").write_text("a file", encoding="utf-8")
    elsewhere = {"DESTINATION__DUCKDB__CREDENTIALS": "notes/workforce.duckdb"}
    done = run_job(tmp_path, "--check", variables=account(sandbox) | elsewhere)
    assert done.returncode == 1
    assert "failed   destination" in done.stdout


@pytest.mark.search  # in the normal run, that of load()
@pytest.mark.parametrize("flag", ["--check", "--no-marts"])
def test_a_session_of_the_scripts_own_sends_every_request(
    flag: str, tmp_path: Path, sandbox: Sandbox
) -> None:
    """A copy of the script may bring one, with an adapter that its network needs."""
    code = (
        "import sys, requests\nfrom workforce_source.job import main\n"
        "class Own(requests.adapters.HTTPAdapter):\n"
        "    def send(self, *arguments, **named):\n"
        "        sent.append(None)\n"
        "        return super().send(*arguments, **named)\n"
        "sent, session = [], requests.Session()\n"
        "session.mount('http://', Own())\n"
        "code = main(sys.argv[1:], session=session)\n"
        "print(len(sent))\n"
        "sys.exit(code)"
    )
    done = run_python(tmp_path, "-c", code, flag, variables=account(sandbox))
    assert done.returncode == 0, done.stderr
    assert int(done.stdout.split()[-1]) == sum(sandbox.counts().values()) > 5


@pytest.mark.search  # in the normal run, the settings behind the flags
def test_flags_choose_whose_badges_are_read(tmp_path: Path, sandbox: Sandbox) -> None:
    """A cap leaves some for later; a file of keys, or everybody, is read on request."""

    def read(*flags: str) -> int:
        sandbox.requests.clear()
        done = run_job(tmp_path, "--no-marts", *flags, variables=account(sandbox))
        assert done.returncode == 0, done.stderr
        return sandbox.counts().get("employee_data", 0)

    accepted = [e for e in sandbox.population.employees if e.employee_state == "accepted"]
    assert read("--max-badge-reads", "5") == 5
    assert read() == len(accepted) - 5
    keys = tmp_path / "keys.txt"
    keys.write_text("\n".join([accepted[0].id, "", accepted[1].id]), encoding="utf-8")
    assert read("--refresh", "keys.txt") == 2
    assert read("--refresh-all") >= len(accepted)


@pytest.mark.search  # in the normal run, that load() holds them back
def test_removals_held_back_are_allowed_once(tmp_path: Path) -> None:
    """Half an organization gone is exit 5 and how to go on; --allow-removals goes on."""
    with Sandbox(employees=120, seed=3) as sandbox:
        assert run_job(tmp_path, "--no-marts", variables=account(sandbox)).returncode == 0
        for employee in list(sandbox.population.employees)[:60]:
            sandbox.population.remove(employee.id)
        held_back = run_job(tmp_path, "--no-marts", variables=account(sandbox))
        flags = ("--no-marts", "--allow-removals")
        allowed = run_job(tmp_path, *flags, variables=account(sandbox))
        left = len(sandbox.truth()["employees"])
    assert held_back.returncode == 5
    assert "--allow-removals" in held_back.stdout
    assert allowed.returncode == 0
    with duckdb.connect(str(tmp_path / "workforce.duckdb"), read_only=True) as connection:
        assert connection.execute("select count(*) from credly.employees").fetchall() == [(left,)]


@pytest.mark.search  # in the normal run, what its text says
def test_a_partial_load_says_what_is_missing(tmp_path: Path, sandbox: Sandbox) -> None:
    """Many newly unreadable employees are exit 3; --debug names them, by id only."""
    refused = [e.id for e in sandbox.population.employees if e.employee_state == "accepted"][:5]
    for employee_id in refused:
        sandbox.answer_employee(employee_id, 403)
    done = run_job(tmp_path, "--debug", variables=account(sandbox))
    assert done.returncode == 3
    assert "5 with 403" in done.stdout
    assert "Run again later" in done.stdout
    assert [employee_id for employee_id in refused if employee_id not in done.stdout] == []
    assert personal_data_in(done.stdout + done.stderr, sandbox) == set()


def test_help_is_there_before_dlt_is(tmp_path: Path) -> None:
    """Showing help imports nothing heavy."""
    code = (
        "import sys\nfrom workforce_source.job import main\n"
        "try:\n    main(['--help'])\nexcept SystemExit:\n    pass\n"
        "print(sorted({'dlt', 'duckdb', 'pyarrow', 'requests'} & set(sys.modules)))"
    )
    done = run_python(tmp_path, "-c", code, variables={})
    assert done.returncode == 0, done.stderr
    assert "--sandbox" in done.stdout
    assert done.stdout.splitlines()[-1] == "[]"
