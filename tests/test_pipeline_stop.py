"""Ctrl-C and SIGTERM while the API answers nothing: a prompt end, and a run that goes on later."""

import signal
import time
from pathlib import Path
from threading import Event

import duckdb
import pytest

from tests.main_job import account, personal_data_in, run_job, started_job
from workforce_source.sandbox import Sandbox

SOON = 2.0
"""Seconds a stopped run may take to end."""
AT_ONCE = {"SOURCES__WORKFORCE__CHECKPOINT_EVERY": "10"}
"""Small batches, so that one is loaded before the API goes quiet."""


@pytest.mark.parametrize(
    ("stop", "code"),
    [(signal.SIGINT, 130), (signal.SIGTERM, 143)],
    ids=lambda value: str(getattr(value, "name", value)),
)
def test_a_signal_ends_the_run_soon(
    stop: signal.Signals, code: int, tmp_path: Path, sandbox: Sandbox
) -> None:
    """The run ends within two seconds; loaded batches stay, and the next run reads the rest."""
    quiet = Event()

    def fall_silent(entry: object) -> None:
        if sandbox.counts().get("employee_data", 0) > 25 and not quiet.is_set():
            sandbox.faults.hold = 60.0
            quiet.set()

    sandbox.on_request(fall_silent)
    with started_job(tmp_path, variables=account(sandbox) | AT_ONCE) as job:
        assert quiet.wait(60)
        asked = time.monotonic()
        job.send_signal(stop)
        _out, said = job.communicate(timeout=60)
    assert time.monotonic() - asked < SOON
    assert job.returncode == code
    assert f"Stopped by {stop.name}" in said
    assert "Traceback" not in said
    assert personal_data_in(said, sandbox) == set()
    sandbox.reset()
    done = run_job(tmp_path, variables=account(sandbox))
    assert done.returncode == 0, done.stderr
    accepted = [e for e in sandbox.population.employees if e.employee_state == "accepted"]
    assert sandbox.counts()["employee_data"] < len(accepted)
    with duckdb.connect(str(tmp_path / "workforce.duckdb"), read_only=True) as connection:
        found = connection.execute("select count(*) from credly.employee_profiles").fetchall()
    assert found == [(len(sandbox.truth()["employee_profiles"]),)]
