"""The sandbox as a process: its command line, its admin path, and what it prints."""

import itertools
import os
import signal
import socket
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
import requests

from tests.tools.asking import Asking
from workforce_source.sandbox import Options, Sandbox, SandboxProcess, sandbox_process
from workforce_source.sandbox.__main__ import parser

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


@contextmanager
def command(*arguments: str) -> Iterator["subprocess.Popen[str]"]:
    """Run the command as a person would."""
    child = subprocess.Popen(
        [sys.executable, "-m", "workforce_source.sandbox", *arguments],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    with child:
        try:
            yield child
        finally:
            child.kill()


def printed(child: "subprocess.Popen[str]") -> str:
    """Get what the command prints up to the empty line."""
    assert child.stdout
    return "".join(itertools.takewhile(lambda line: line != "\n", child.stdout))


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
    entries = process.requests
    assert [(e.endpoint, e.page, e.status) for e in entries] == [
        ("employees", 2, 200),
        ("unknown", None, 404),
    ]
    assert entries[0].at.tzinfo is UTC
    assert process.counts() == {"employees": 1, "unknown": 1}
    assert process.statuses() == {200: 1, 404: 1}
    assert process.max_in_flight == 1
    assert process.cpu_seconds > 0
    entries.clear()
    assert len(entries) == len(process.requests) == 0
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
    with pytest.raises(ValueError, match="There is employees"):
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


def test_the_command_prints_settings_ready_to_paste() -> None:
    """A TOML block that lets a client in, and nothing else; quiet while it serves."""
    with command("--port", "0", "--employees", "9") as child:
        settings = tomllib.loads(printed(child))["sources"]["workforce"]
        url = f"{settings['base_url']}/organizations/{settings['organization_id']}/employees"
        answer = requests.get(url, auth=(settings["api_token"], ""), timeout=TIMEOUT)
        assert len(answer.json()["data"]) == 9
        assert settings.keys() == {"base_url", "organization_id", "api_token"}
        child.send_signal(signal.SIGINT)
        rest = child.communicate(timeout=TIMEOUT)
    assert rest == ("", "")
    assert child.returncode == 130


def test_the_command_takes_options_by_name() -> None:
    """As many as there are open questions."""
    with command("--port=0", "--employees=9", "--option=uuid_in_path=true") as child:
        settings = tomllib.loads(printed(child))["sources"]["workforce"]
        base = f"{settings['base_url']}/organizations/{settings['organization_id']}/employees"
        credentials = (settings["api_token"], "")
        first = requests.get(base, auth=credentials, timeout=TIMEOUT).json()["data"][0]
        answer = requests.get(f"{base}/{first['id']}", auth=credentials, timeout=TIMEOUT)
        assert answer.json()["data"] == first


@pytest.mark.parametrize(
    ("option", "message"),
    [
        ("shoe_size=44", "shoe_size is no option; there are tier"),
        ("past_the_end=500", "past_the_end is 500; it takes one of (200, 404)"),
        ("uuid_in_path=maybe", "neither true nor false"),
        ("page_size=many", "invalid literal"),
    ],
)
def test_the_command_refuses_a_bad_option(option: str, message: str) -> None:
    """With a message and without a traceback."""
    with command("--port=0", f"--option={option}") as child:
        _, said = child.communicate(timeout=TIMEOUT)
    assert child.returncode == 2
    assert message in said
    assert "Traceback" not in said


def test_the_command_says_when_the_port_is_taken() -> None:
    """And what to do."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with command(f"--port={port}") as child:
            _, said = child.communicate(timeout=TIMEOUT)
    assert child.returncode == 1
    assert said == f"Port {port} cannot be taken: Address already in use. Try --port 0.\n"


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


def test_options_survive_the_command_line() -> None:
    """Every one of them, to words and back."""
    options = Options(
        tier="unified",
        page_size=7,
        per_counts="badges",
        external_badges_of="accepted",
        past_the_end=404,
        uuid_in_path=True,
        not_accepted_status=422,
        ignore_unknown_filter=True,
        ties="unstable",
        token_lifetime=1.5,
        api_token_lifetime=60,
        as_of=datetime(2020, 1, 1, tzinfo=UTC),
        badge_factor=2.0,
    )
    assert Options.from_texts(options.to_texts()) == options
    assert len(options.to_texts()) == 13
    assert Options().to_texts() == {}


def test_every_flag_has_a_word_of_help() -> None:
    """So that `--help` answers."""
    assert all(action.help for action in parser()._actions)


def test_measuring_prints_requests_per_processor_second() -> None:
    """In a small organization, quickly; the figure itself is the machine's."""
    done = subprocess.run(
        [sys.executable, "-m", "workforce_source.sandbox.measure", "--employees=50"],
        cwd=ROOT,
        env=os.environ | {"PYTHONWARNINGS": "error"},
        capture_output=True,
        text=True,
        timeout=TIMEOUT,
        check=True,
    )
    assert "requests per processor second" in done.stdout
