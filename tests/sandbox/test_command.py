"""The sandbox's command line: what it prints, takes, refuses, and how it ends."""

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
from typing import Any

import pytest
import requests

from workforce_source.sandbox import Options, Sandbox
from workforce_source.sandbox.__main__ import parser

ROOT = Path(__file__).resolve().parents[2]
TIMEOUT = 30


MANY = "--employees=1000000"  # a minute's work and two gigabytes, if nobody stops it


@contextmanager
def command(*arguments: str, **how: Any) -> Iterator["subprocess.Popen[str]"]:
    """Run the command as a person would."""
    child = subprocess.Popen(
        [sys.executable, "-m", "workforce_source.sandbox", *arguments],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        **how,
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


@pytest.mark.parametrize(
    ("argument", "message"),
    [
        ("--port=80000", "--port: takes 0 to 65535, not 80000"),
        ("--port=-1", "--port: takes 0 to 65535, not -1"),
        ("--port=http", "--port: takes 0 to 65535, not http"),
        ("--employees=many", "--employees: takes 0 and more, not many"),
        ("--employees=-3", "--employees: takes 0 and more, not -3"),
    ],
)
def test_the_command_refuses_a_number_out_of_range(argument: str, message: str) -> None:
    """Before anybody is invented, with what is taken and without a traceback."""
    with command("--port=0", MANY, argument) as child:
        _, said = child.communicate(timeout=TIMEOUT)
    assert child.returncode == 2
    assert message in said
    assert "Traceback" not in said


def test_a_number_out_of_range_is_refused_in_python() -> None:
    """Before anybody is invented, or a port is asked for."""
    with pytest.raises(ValueError, match="employees is -3; it takes 0 and more"):
        Sandbox(employees=-3)
    with pytest.raises(ValueError, match="port is 80000; it takes 0 to 65535"):
        Sandbox(employees=10**6, port=80000)


def test_ctrl_c_ends_the_command_while_people_are_invented() -> None:
    """At once and without a traceback, as it does while serving."""
    code = (
        "import signal, sys\n"
        "from workforce_source.sandbox.__main__ import main\n"
        "signal.signal(signal.SIGVTALRM, signal.default_int_handler)\n"  # as Ctrl-C does
        "signal.setitimer(signal.ITIMER_VIRTUAL, 0.5)\n"  # when so much of the work is done
        f"sys.exit(main(['--port=0', '{MANY}']))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=TIMEOUT
    )
    assert (done.returncode, done.stdout, done.stderr) == (130, "", "")


def test_a_closed_input_ends_the_command_while_people_are_invented() -> None:
    """Whoever started it is gone: nobody will ever ask."""
    with command("--port=0", MANY, "--until-input-ends", stdin=subprocess.PIPE) as child:
        assert child.communicate(timeout=TIMEOUT) == ("", "")
    assert child.returncode == -signal.SIGTERM


def test_the_command_says_when_the_port_is_taken() -> None:
    """And what to do."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with command(f"--port={port}") as child:
            _, said = child.communicate(timeout=TIMEOUT)
    assert child.returncode == 1
    assert said == f"Port {port} cannot be taken: Address already in use. Try --port 0.\n"


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
