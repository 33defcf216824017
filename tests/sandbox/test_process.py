"""The sandbox as a process: its command line, its admin path, and what it prints."""

import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import requests

from tests.tools.asking import Asking
from workforce_source.sandbox import Options, Sandbox, SandboxProcess, sandbox_process

ROOT = Path(__file__).resolve().parents[2]
TIMEOUT = 30


@pytest.fixture(scope="module")
def process() -> Iterator[SandboxProcess]:
    """Serve two hundred people from another process; each test resets it."""
    with sandbox_process(200, seed=3, options=Options(page_size=20)) as serving:
        yield serving


@pytest.fixture(autouse=True)
def _reset(process: SandboxProcess) -> None:
    process.reset()


def test_two_processes_answer_the_same_bytes(process: SandboxProcess) -> None:
    """One seed, one organization: whatever is asked."""
    with sandbox_process(200, seed=3, options=Options(page_size=20)) as other:
        assert other.settings | {"base_url": ""} == process.settings | {"base_url": ""}
        with Asking(process) as ask, Asking(other) as ask_other:
            for page in range(1, 11):
                paths = [f"employees?page={page}", f"employee_external_badges?page={page}"]
                paths += [f"employees/{e['email']}/data" for e in ask.data(paths[0])]
                for path in paths:
                    place, other_place = process.base_url.encode(), other.base_url.encode()
                    content = ask_other(path).content.replace(other_place, place)
                    assert ask(path).content == content


def test_the_truth_is_that_of_a_sandbox_in_this_process(process: SandboxProcess) -> None:
    """The same rows, with the same types."""
    assert process.truth() == Sandbox(200, 3).truth()


def test_churn_and_clock_reach_the_process() -> None:
    """What is done there is what is done here."""
    now = datetime(2026, 11, 24, 10, 0, 0, 5000, tzinfo=UTC)
    here = Sandbox(200, 3, clock=lambda: now)
    with sandbox_process(200, seed=3) as there:
        there.set_clock(now)
        assert there.churn({"joiners": 2, "leavers": 2}) == here.churn({"joiners": 2, "leavers": 2})
        assert there.churn(["new_badges"], share=0.05) == here.churn(["new_badges"], share=0.05)
        assert there.churn(seed=4) == here.churn(seed=4)
        assert there.truth() == here.truth()


def test_requests_and_counts_come_back(process: SandboxProcess) -> None:
    """As entries, in order; clearing clears them there."""
    with Asking(process) as ask:
        ask("employees?page=2")
        ask("nothing")
    entries = list(process.requests)
    assert [(e.endpoint, e.page, e.status) for e in entries] == [
        ("employees", 2, 200),
        ("unknown", None, 404),
    ]
    assert entries[0].at.tzinfo is UTC
    assert process.counts() == {"employees": 1, "unknown": 1}
    assert process.max_in_flight == 1
    assert process.cpu_seconds > 0
    process.requests.clear()
    assert list(process.requests) == []
    assert process.counts() == {}


def test_faults_are_set_from_afar(process: SandboxProcess) -> None:
    """Read, set, planned, and cleared by a reset."""
    with Asking(process) as ask:
        process.faults.outage = True
        assert process.faults.outage
        assert ask("employees").status_code == 503
        process.reset()
        assert ask("employees").status_code == 200
        process.fail_next(429, retry_after=3, endpoint="employees")
        assert ask("employees").headers["Retry-After"] == "3"
        process.faults.set(list_share=0.0, statuses=(500,))
        assert ask.data("employees") == []
        person = process.truth()["employees"][0]
        process.answer_employee(person["id"], 404)
        assert ask(f"employees/{person['email']}").status_code == 404
        process.answer_employee(person["id"], None)
        assert ask(f"employees/{person['email']}").status_code == 200


def test_what_the_admin_path_cannot_do_is_refused(process: SandboxProcess) -> None:
    """With the reason, and nothing is done."""
    with pytest.raises(ValueError, match="latenzy: no such fault"):
        process.faults.latenzy = 1
    with pytest.raises(AttributeError, match="latenzy"):
        _ = process.faults.latenzy
    with pytest.raises(ValueError, match="promotions: no such churn"):
        process.churn(["promotions"])
    with pytest.raises(ValueError, match="time zone"):
        process.set_clock(datetime(2026, 1, 1))
    with pytest.raises(ValueError, match="there is employees"):
        list(process.truth_rows("nothing"))


def test_tokens_expire_from_afar() -> None:
    """Both kinds."""
    with sandbox_process(1) as there, Asking(there) as ask:
        form = {
            "grant_type": "client_credentials",
            "client_id": there.client_id,
            "client_secret": there.client_secret,
        }
        answer = requests.post(there.token_url, data=form, timeout=TIMEOUT).json()
        bearer = {"Authorization": f"Bearer {answer['access_token']}"}
        url = f"{ask.organization}/employees"
        assert requests.get(url, headers=bearer, timeout=TIMEOUT).status_code == 200
        there.expire_access_tokens()
        assert requests.get(url, headers=bearer, timeout=TIMEOUT).status_code == 401
        assert ask("employees").status_code == 200
        there.expire_api_token()
        assert ask("employees").status_code == 401


def test_the_admin_path_is_off_unless_asked_for(sandbox: Sandbox) -> None:
    """It is a path like any other that does not exist."""
    answer = requests.get(f"{sandbox.origin}/_admin/faults", timeout=TIMEOUT)
    assert answer.status_code == 404


def test_the_admin_path_is_served_where_asked_for() -> None:
    """Without credentials, and not counted among the requests."""
    with Sandbox(3, admin=True) as sandbox:
        answer = requests.get(f"{sandbox.origin}/_admin/settings", timeout=TIMEOUT)
        assert answer.json().items() >= sandbox.settings.items()
        assert sandbox.counts() == {}


def test_a_sandbox_that_cannot_start_says_so(capfd: pytest.CaptureFixture[str]) -> None:
    """The error names the cause printed above it."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(RuntimeError, match="did not start"), sandbox_process(3, port=port):
            pass
    assert f"Port {port} cannot be taken" in capfd.readouterr().err


def test_a_sandbox_ends_with_whoever_started_it() -> None:
    """Also when that process is killed and cannot say good-bye."""
    code = (
        "import os, signal\n"
        "from workforce_source.sandbox import sandbox_process\n"
        "with sandbox_process(3) as sandbox:\n"
        "    print(sandbox.base_url, flush=True)\n"
        "    os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=TIMEOUT
    )
    assert done.returncode == -signal.SIGKILL
    # its output was a pipe the sandbox also held: it has ended by the time that is closed
    with pytest.raises(requests.ConnectionError):
        requests.get(done.stdout.strip(), timeout=TIMEOUT)
