"""The main job over several organizations: each loaded, none stopped by another, one end."""

import json
import os
import signal
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from threading import Event
from typing import Any

import dlt
import duckdb
import pytest

from tests.tools.compare import differences
from tests.tools.main_job import (
    Done,
    account,
    alive,
    children_of,
    loader_of,
    run_job,
    run_python,
    started_job,
    write_sections,
)
from workforce_source.exit_codes import ExitCode, worst
from workforce_source.marts import MARTS
from workforce_source.sandbox import Entry, Sandbox

NAMES = ("acme", "globex", "initech")
SOON = 10.0  # the API would let them wait for sixty seconds
"""Seconds a stopped run with processes of its own may take to end."""


@pytest.fixture(scope="module")
def organizations() -> Iterator[dict[str, Sandbox]]:
    """Three small organizations, which no test changes."""
    with ExitStack() as stack:
        yield {
            name: stack.enter_context(Sandbox(12, seed)) for seed, name in enumerate(NAMES, start=3)
        }


def settings_of(organizations: dict[str, Sandbox]) -> dict[str, dict[str, str]]:
    """Their settings."""
    return {name: dict(sandbox.settings) for name, sandbox in organizations.items()}


@dataclass(frozen=True)
class Ran:
    """A run in a folder of its own, in which one of four organizations lacks its credentials."""

    folder: Path
    done: Done


@pytest.fixture(scope="module")
def ran(organizations: dict[str, Sandbox], tmp_path_factory: pytest.TempPathFactory) -> Ran:
    """Load all into one DuckDB file, one after the other, and make everything of it."""
    folder = tmp_path_factory.mktemp("several")
    write_sections(folder, {"hooli": {"organization_id": "x"}, **settings_of(organizations)})
    return Ran(folder, run_job(folder, "--report", "r.html", variables={}))


def problems(destination: Any, dataset: str, sandbox: Sandbox, folder: Path) -> list[str]:
    """What a dataset has otherwise than an organization."""
    pipeline = dlt.pipeline(
        "looked_at",
        destination=destination,
        dataset_name=dataset,
        pipelines_dir=str(folder / "looked_at"),
    )
    truth = sandbox.truth()
    if pipeline.destination.destination_type.endswith("postgres"):  # which has no empty texts
        for row in (row for rows in truth.values() for row in rows):
            row.update({name: None for name, value in row.items() if value == ""})
    return differences(pipeline, truth, organization_id=sandbox.organization_id)


def test_a_failure_of_one_stops_no_other(ran: Ran, organizations: dict[str, Sandbox]) -> None:
    """The summary has a line for each; the exit code is that of the one that failed."""
    assert ran.done.returncode == 2
    out = ran.done.stdout
    assert out.startswith("Loaded 3 of 4 organizations into workforce.duckdb, dataset credly in ")
    lines = {line.split()[0]: line.split() for line in out.splitlines() if line.startswith("  ")}
    assert lines["hooli"][1:] == ["failed", "(2)"]
    for name, sandbox in organizations.items():
        added = sum(map(len, sandbox.truth().values()))
        assert lines[name][1:4] == ["loaded", str(added), "0"]
    assert "hooli: Organization hooli: api_token is not set." in out
    assert "hooli: Organization hooli: api_token is not set." in ran.done.stderr
    file = dlt.destinations.duckdb(str(ran.folder / "workforce.duckdb"))
    for sandbox in organizations.values():
        assert problems(file, "credly", sandbox, ran.folder) == []


def test_marts_are_built_once_and_a_report_of_each_is_written(
    ran: Ran, organizations: dict[str, Sandbox]
) -> None:
    """After all loads, of those that are there; the names are in those of the files."""
    assert ran.done.stdout.count(f"Built {len(MARTS)} marts") == 1
    assert sorted(path.name for path in ran.folder.glob("*.html")) == [
        f"r-{name}.html" for name in NAMES
    ]
    for name, sandbox in organizations.items():
        report = (ran.folder / f"r-{name}.html").read_text(encoding="utf-8")
        assert sandbox.organization_id in report
    with duckdb.connect(str(ran.folder / "workforce.duckdb"), read_only=True) as file:
        marts = "select count(distinct organization_id) from credly_marts.dim_employee"
        assert file.execute(marts).fetchall() == [(3,)]
        pipelines = "select distinct pipeline_name from credly._dlt_pipeline_state order by 1"
        assert file.execute(pipelines).fetchall() == [(f"workforce_{name}",) for name in NAMES]


@pytest.mark.search  # in the normal run, of one organization
def test_the_status_says_that_what_checks_found_is_of_all(ran: Ran) -> None:
    """They look at the whole dataset, so one number stands at each organization."""
    done = run_job(ran.folder, "--status", variables={})
    found = [line for line in done.stdout.splitlines() if line.startswith("  checks ")]
    assert len(found) == len(NAMES), done.stdout + done.stderr
    assert all(line.startswith("  checks      of the whole dataset: ") for line in found)


@pytest.mark.search  # in the normal run, all of several
def test_one_of_several_is_chosen_by_its_name(ran: Ran) -> None:
    """Loaded in the words of a run with one; made of what is there, its file has no name added."""
    done = run_job(ran.folder, "--organization", "globex", "--no-marts", variables={})
    assert done.returncode == 0, done.stderr
    assert "nothing had changed" in done.stdout
    assert "2 other organizations" in done.stdout
    made = run_job(
        ran.folder,
        *("--no-load", "--json", "--organization", "acme", "--report", "one.html"),
        variables={},
    )
    assert json.loads(made.stdout)["written"] == {"report": "one.html"}


def test_each_is_checked(ran: Ran) -> None:
    """One after the other, under its name; the worst code is that of the run."""
    done = run_job(
        ran.folder, "--check", "--organization", "acme", "--organization", "hooli", variables={}
    )
    assert done.returncode == 2
    assert "\nacme:\n" in done.stderr
    assert "hooli: api_token is not set" in done.stderr
    assert done.stdout.count("Ready: run again without --check to load.") == 1


@pytest.mark.parametrize(
    ("flags", "said"),
    [
        ("--parallel 2", "--parallel cannot load into workforce.duckdb"),
        ("--shard 1/2", "--shard 1/2 is of one organization, and the configuration has 4"),
        ("--shard 1/2 --organization acme", "--shard 1/2 cannot load into workforce.duckdb"),
        ("--organization umbrella", "The names are hooli, acme, globex, initech."),
    ],
)
def test_what_cannot_be_done_is_said_before_anything_is_loaded(
    ran: Ran, flags: str, said: str
) -> None:
    """Exit 2, and nothing on standard output."""
    done = run_job(ran.folder, *flags.split(), variables={})
    assert (done.returncode, done.stdout) == (2, "")
    assert said in done.stderr


def test_processes_are_for_several_organizations(tmp_path: Path, sandbox: Sandbox) -> None:
    """Where the configuration has one, nothing could be at a time."""
    done = run_job(tmp_path, "--parallel", "2", variables=account(sandbox))
    assert done.returncode == 2
    assert "--parallel is for several organizations" in done.stderr


@pytest.mark.search  # in the normal run, loading/test_together.py
@pytest.mark.postgres
def test_processes_load_at_the_same_time(
    organizations: dict[str, Sandbox], tmp_path: Path, postgres_url: str
) -> None:
    """One document of what became of all; a process that is killed is a failure of its own."""
    two = {name: organizations[name] for name in ("acme", "globex")}
    write_sections(tmp_path, settings_of(two))

    def load() -> Done:
        return run_job(
            tmp_path,
            *("--parallel", "2", "--destination", "postgres", "--dataset", "several"),
            *("--no-marts", "--json"),
            variables={"DESTINATION__POSTGRES__CREDENTIALS": postgres_url},
        )

    killed: list[int] = []

    def kill(entry: Entry) -> None:
        """While it reads badges."""
        if entry.endpoint == "employee_data" and not killed:
            killed.append(loader_of(tmp_path, "globex"))
            os.kill(killed[0], signal.SIGKILL)

    two["globex"].on_request(kill)
    done = load()
    assert done.returncode == 1, done.stderr
    said = json.loads(done.stdout)
    assert list(said["organizations"]) == ["acme", "globex"]
    codes = {name: one["exit_code"] for name, one in said["organizations"].items()}
    assert (codes, said["exit_code"]) == ({"acme": 0, "globex": 1}, 1)
    assert said["organizations"]["acme"]["employees"]["listed"] == 12
    assert "Its process ended (signal 9)" in said["organizations"]["globex"]["failure"]
    done = load()
    assert done.returncode == 0, done.stderr
    destination = dlt.destinations.postgres(postgres_url)
    for sandbox in two.values():
        assert problems(destination, "several", sandbox, tmp_path) == []


@pytest.mark.postgres
@pytest.mark.search
def test_shards_of_one_organization_are_loaded_by_commands_of_their_own(
    organizations: dict[str, Sandbox], tmp_path: Path, postgres_url: str
) -> None:
    """As on several machines; no marts are made of a part."""
    write_sections(tmp_path, settings_of(organizations))
    for number in (1, 2):
        done = run_job(
            tmp_path,
            *("--organization", "acme", "--shard", f"{number}/2"),
            *("--destination", "postgres", "--dataset", "shards"),
            variables={"DESTINATION__POSTGRES__CREDENTIALS": postgres_url},
        )
        assert done.returncode == 0, done.stderr
        assert "The marts were not built: " in done.stdout
        assert (tmp_path / "dlt" / "pipelines" / f"workforce_acme_shard{number}of2").is_dir()
    destination = dlt.destinations.postgres(postgres_url)
    assert problems(destination, "shards", organizations["acme"], tmp_path) == []


class _Sets:
    """Says that a request has come."""

    def __init__(self, event: Event) -> None:
        self._event = event

    def __call__(self, _: Entry) -> None:
        self._event.set()


@pytest.mark.search  # in the normal run, of one organization
@pytest.mark.postgres
@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="asks Linux who is whose child")
@pytest.mark.parametrize(
    "stop", [signal.SIGTERM, *(pytest.param(s, marks=pytest.mark.search) for s in (2, 9))]
)
def test_a_signal_leaves_no_process_behind(tmp_path: Path, postgres_url: str, stop: int) -> None:
    """While the API answers nothing; one that is killed leaves them no work, either."""
    quiet: dict[str, Event] = {"acme": Event(), "globex": Event()}
    with ExitStack() as stack:
        organizations = {name: stack.enter_context(Sandbox(12, 5)) for name in quiet}
        for name, sandbox in organizations.items():
            sandbox.faults.hold = 60.0
            sandbox.on_request(_Sets(quiet[name]))
        write_sections(
            tmp_path,
            {
                name: {**sandbox.settings, "organization_id": name}
                for name, sandbox in organizations.items()
            },
        )
        job = stack.enter_context(
            started_job(
                tmp_path,
                *("--parallel", "2", "--destination", "postgres", "--dataset", f"stop_{stop:d}"),
                variables={"DESTINATION__POSTGRES__CREDENTIALS": postgres_url},
            )
        )
        assert all(event.wait(60) for event in quiet.values())
        children = children_of(job.pid)
        assert len(children) >= 2
        asked = time.monotonic()
        os.kill(job.pid, stop)
        _out, complaints = job.communicate(timeout=60)  # what they print ends with the last of them
        while alive(children):
            assert time.monotonic() - asked < SOON, "some are still there"
        assert time.monotonic() - asked < SOON
        assert job.returncode == {9: -9, 2: 130, 15: 143}[stop], complaints
        assert "Traceback" not in complaints


def test_a_session_that_cannot_be_handed_on_is_said(tmp_path: Path) -> None:
    """Each process would need one; a plain session of requests goes."""
    ids = {"acme": {"organization_id": "x"}, "globex": {"organization_id": "y"}}
    write_sections(tmp_path, ids)
    code = (
        "import sys, requests\nfrom workforce_source.job import main\n"
        "session = requests.Session()\nsession.auth = lambda request: request\n"
        "sys.exit(main(sys.argv[1:], session=session))"
    )
    done = run_python(tmp_path, "-c", code, "--parallel", "1", variables={})
    assert done.returncode == 2
    assert "cannot be given the session of this script" in " ".join(done.stderr.split())


@pytest.mark.parametrize(
    ("codes", "code"),
    [
        ((), ExitCode.LOADED),
        ((0, 4, 3), ExitCode.PARTIAL),
        ((3, 5, 4), ExitCode.HELD_BACK),
        ((5, 1, 0), ExitCode.FAILED),
        ((1, 2, 5), ExitCode.UNUSABLE),
        ((2, 143), ExitCode.TERMINATED),
    ],
)
def test_the_worst_of_several_codes_is_the_one_to_act_on(
    codes: tuple[int, ...], code: ExitCode
) -> None:
    """What a person has to mend goes first, then what failed, then what waits for a decision."""
    assert worst(codes) == code
