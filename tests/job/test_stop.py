"""Ctrl-C and SIGTERM while the API answers nothing: a prompt end, and a run that goes on later."""

import json
import signal
import subprocess
import time
from dataclasses import asdict
from pathlib import Path
from threading import Event

import dlt
import pytest

from tests.tools import stopped
from tests.tools.compare import counts, differences, tables_of
from tests.tools.feed import entries, happened, said
from tests.tools.killed import Point
from tests.tools.main_job import account, personal_data_in, run_job, started_job
from workforce_source.sandbox import Entry, Sandbox
from workforce_source.tables import DATA_TABLES

SOON = 2.0
"""Seconds a stopped run may take to end."""
HELD = 60.0
"""Seconds the API holds every answer."""
BATCH = 10
AT_ONCE = {"SOURCES__WORKFORCE__CHECKPOINT_EVERY": str(BATCH)}
"""Small batches, so that one is loaded before the API goes quiet."""
CODES = {signal.SIGINT: 130, signal.SIGTERM: 143}
SECOND_BATCH = {
    # the sixth package: who waits, three of the lists, and the first batch come before
    "normalize": Point(6, r"^/workforce/load/new/[^/]+/started_jobs$"),
    "load": Point(2, r"/started_jobs/employee_badges\..*\.sql"),
}
"""Where its load package is made of the extracted rows, and where it is half merged."""


def pipeline(folder: Path) -> dlt.Pipeline:
    """The pipeline of the main job in a folder, to look at what it loaded."""
    return dlt.pipeline(
        "workforce",
        destination=dlt.destinations.duckdb(str(folder / "workforce.duckdb")),
        dataset_name="credly",
        pipelines_dir=str(folder / "looked_at"),
    )


def silent_after(sandbox: Sandbox, reads: int) -> Event:
    """Let the API hold every answer after so many reads; get the event that it does."""
    quiet = Event()

    def fall_silent(_entry: Entry) -> None:
        if sandbox.counts().get("employee_data", 0) > reads and not quiet.is_set():
            sandbox.faults.hold = HELD
            quiet.set()

    sandbox.on_request(fall_silent)
    return quiet


def stop_soon(job: "subprocess.Popen[str]", stop: signal.Signals, sandbox: Sandbox) -> None:
    """Send the signal; the job ends soon, with its code and one sentence."""
    asked = time.monotonic()
    job.send_signal(stop)
    _out, complaints = job.communicate(timeout=HELD)
    took = time.monotonic() - asked
    assert took < SOON
    assert job.returncode == CODES[stop], complaints
    assert f"Stopped by {stop.name}" in complaints
    assert "Traceback" not in complaints
    assert personal_data_in(complaints, sandbox) == set()


def goes_on(folder: Path, sandbox: Sandbox, **settings: str) -> None:
    """The API answers again, and the next run ends with everything there as it is."""
    sandbox.reset()
    done = run_job(folder, "--no-marts", variables=account(sandbox) | AT_ONCE | settings)
    assert done.returncode == 0, done.stderr
    assert differences(pipeline(folder), sandbox.truth()) == []


@pytest.mark.search  # in the normal run, signals during reads and packages
@pytest.mark.parametrize(
    "stop", [signal.SIGTERM, pytest.param(signal.SIGINT, marks=pytest.mark.search)]
)
def test_a_signal_ends_the_listing_soon(
    stop: signal.Signals, tmp_path: Path, sandbox: Sandbox
) -> None:
    """Held from the very first request on: the run ends, and the next one loads everything."""
    arrived = Event()
    sandbox.faults.hold = HELD
    sandbox.on_request(lambda _entry: arrived.set())
    with started_job(tmp_path, variables=account(sandbox)) as job:
        assert arrived.wait(60)
        stop_soon(job, stop, sandbox)
    assert sandbox.counts().keys() <= {"employees", "external_badges"}
    goes_on(tmp_path, sandbox)


@pytest.mark.parametrize(
    "stop", [signal.SIGINT, pytest.param(signal.SIGTERM, marks=pytest.mark.search)]
)
def test_a_signal_ends_the_reads_soon(
    stop: signal.Signals, tmp_path: Path, sandbox: Sandbox
) -> None:
    """What was read stays, batches or not, and the next run reads the rest."""
    quiet = silent_after(sandbox, 2 * BATCH + 5)
    with started_job(tmp_path, variables=account(sandbox) | AT_ONCE) as job:
        assert quiet.wait(60)
        stop_soon(job, stop, sandbox)
    goes_on(tmp_path, sandbox)
    accepted = [e for e in sandbox.population.employees if e.employee_state == "accepted"]
    assert sandbox.counts()["employee_data"] < len(accepted)


@pytest.mark.search  # in the normal run, signals during the reads
@pytest.mark.parametrize(
    ("place", "stop"),
    [("normalize", signal.SIGINT), pytest.param("load", signal.SIGTERM, marks=pytest.mark.search)],
)
def test_a_signal_ends_a_first_load_in_the_midst_of_a_package(
    place: str, stop: signal.Signals, tmp_path: Path, sandbox: Sandbox
) -> None:
    """API and destination both stand still; the first batch stays and is not read again."""
    quiet = silent_after(sandbox, 2 * BATCH + 5)
    stopped_at(place, stop, tmp_path, sandbox, quiet)
    loaded = counts(pipeline(tmp_path))
    assert loaded["employees"] == 60
    assert BATCH <= loaded["employee_profiles"] <= 2 * BATCH
    goes_on(tmp_path, sandbox)
    assert entries(pipeline(tmp_path)) == {}
    accepted = [e for e in sandbox.population.employees if e.employee_state == "accepted"]
    assert sandbox.counts()["employee_data"] <= len(accepted) - BATCH


@pytest.mark.search  # in the normal run, kills between feed and data make no false entries
def test_a_signal_in_the_midst_of_a_later_package_makes_no_false_entries(
    tmp_path: Path, sandbox: Sandbox
) -> None:
    """What changed since the first load is in the feed once, and nothing else is."""
    everybody = {"SOURCES__WORKFORCE__BADGE_MAX_AGE": "0"}
    goes_on(tmp_path, sandbox)
    names = [table.name for table in DATA_TABLES]
    before = tables_of(pipeline(tmp_path), names)
    sandbox.churn(share=0.5, seed=1)
    sandbox.requests.clear()
    quiet = silent_after(sandbox, 2 * BATCH + 5)
    stopped_at("load", signal.SIGINT, tmp_path, sandbox, quiet, **everybody)
    assert tables_of(pipeline(tmp_path), names) != before
    goes_on(tmp_path, sandbox, **everybody)
    after = tables_of(pipeline(tmp_path), names)
    assert said(entries(pipeline(tmp_path)).values()) == happened(before, after) != []


def stopped_at(
    place: str,
    stop: signal.Signals,
    folder: Path,
    sandbox: Sandbox,
    quiet: Event,
    **settings: str,
) -> None:
    """Stop the main job while the thread that writes its second batch stands still."""
    halt = {"HALT_AT": json.dumps(asdict(SECOND_BATCH[place]))}
    variables = account(sandbox) | AT_ONCE | halt | settings
    with started_job(folder, "--no-marts", variables=variables, script=stopped.__file__) as job:
        assert job.stdout is not None
        assert job.stdout.readline().strip() == stopped.HALTED
        assert quiet.wait(60)
        stop_soon(job, stop, sandbox)
