"""The README as a newcomer follows it: its commands, its Python and its SQL are run as they stand.

Its tables and settings are compared with the code in test_docs.py.
"""

import os
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import duckdb
import pytest

from tests.questions.page import QUESTIONS, questions
from tests.tools.documents import README, blocks_of
from workforce_source.sandbox import Sandbox
from workforce_source.tables import TABLES

CHECKOUT = Path(__file__).resolve().parents[2]
MAIN_JOB = "pipelines/workforce_pipeline.py"
ROSTER = "pipelines/roster_pipeline.py"
PAGE = QUESTIONS.read_text(encoding="utf-8")
COMMANDS = [line for block in blocks_of(README, "sh") for line in block.splitlines()]


def typed(command: str, folder: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run a command of the README in a folder, with the packages these tests run with."""
    words = shlex.split(command)
    assert words[:2] == ["python3", "run.py"], f"{command}: not run by these tests"
    if not (folder / "pipelines").exists():
        (folder / "pipelines").symlink_to(CHECKOUT / "pipelines")
    environment = {**os.environ, "DLT_DATA_DIR": str(folder / "dlt"), **variables}
    environment["PYTHONPATH"] = os.pathsep.join(
        [str(CHECKOUT), *filter(None, [os.environ.get("PYTHONPATH")])]
    )
    return subprocess.run(
        [sys.executable, *words[2:]],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )


def in_the_environment(sandbox: Sandbox) -> dict[str, str]:
    """The sandbox's settings, as environment variables name them."""
    return {f"SOURCES__WORKFORCE__{name.upper()}": v for name, v in sandbox.settings.items()}


@pytest.fixture(scope="module")
def newcomer(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which the Python of the README was run, with the sandbox as the account."""
    folder = tmp_path_factory.mktemp("newcomer")
    (code,) = blocks_of(README, "python")
    with Sandbox(employees=60, seed=7) as sandbox:
        done = typed(
            f"python3 run.py -c {shlex.quote(code)}", folder, **in_the_environment(sandbox)
        )
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


def test_the_python_shown_fills_every_table(newcomer: Path) -> None:
    """The pipeline of the README makes each table it lists, in the dataset it names."""
    with duckdb.connect(str(newcomer / "workforce.duckdb"), read_only=True) as connection:
        made = connection.execute(
            "select table_name from information_schema.tables where table_schema = 'credly'"
        ).fetchall()
        employees = connection.execute("select count(*) from credly.employees").fetchall()
    assert {table.name for table in TABLES} <= {name for (name,) in made}
    assert employees == [(60,)]


@pytest.mark.parametrize("statement", blocks_of(README, "sql"))
def test_the_sql_shown_finds_rows(newcomer: Path, statement: str) -> None:
    """Each statement of the README runs on what was loaded, and answers."""
    with duckdb.connect(str(newcomer / "workforce.duckdb"), read_only=True) as connection:
        assert connection.execute(statement).fetchall()


def test_every_command_is_one_the_tests_run() -> None:
    """The README shows the two commands, the check and the load, the roster, and no other."""
    first, tests, *account = COMMANDS
    assert first == f"python3 run.py {MAIN_JOB} --sandbox --report report.html"
    assert tests == "python3 run.py -m pytest"  # this very run; .ci/run types it as it stands
    assert account[:2] == [f"python3 run.py {MAIN_JOB} --check", f"python3 run.py {MAIN_JOB}"]
    assert account[2:] == [f"python3 run.py {ROSTER} --sandbox{more}" for more in ("", " --apply")]


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A folder in which the first command was run, and what it said."""
    folder = tmp_path_factory.mktemp("shown")
    done = typed(COMMANDS[0], folder)
    assert done.returncode == 0, done.stdout + done.stderr
    return folder, done.stdout


def asked(file: Path, statement: str) -> list[tuple[Any, ...]]:
    """Ask a DuckDB file."""
    with duckdb.connect(str(file), read_only=True) as connection:
        return connection.execute(statement).fetchall()


def test_the_first_command_loads_500_employees_and_shows_them(shown: tuple[Path, str]) -> None:
    """Without an account the newcomer has a file of invented people, and a report to look at.

    They were loaded twice, with some weeks in between, of which the second load tells.
    """
    folder, said = shown
    there = "select count(*) from credly.employees where removed_at is null"
    assert asked(folder / "sandbox.duckdb", there) == [(500,)]
    first, second = (line for line in said.splitlines() if line.startswith("Loaded into sandbox."))
    assert " 319 requests." in first
    assert "71 rows written" in second
    assert "  all                    30" in said
    assert "Wrote the report report.html." in said
    assert "<html" in (folder / "report.html").read_text(encoding="utf-8")


@pytest.mark.search  # needs all files of the command
def test_every_question_is_answered_of_the_invented_people(shown: tuple[Path, str]) -> None:
    """The command of docs/questions.md makes a file in which no statement is without rows."""
    folder, _ = shown
    (command,) = blocks_of(PAGE, "sh")
    done = typed(command, folder)
    assert done.returncode == 0, done.stdout + done.stderr
    file = folder / "questions.duckdb"
    assert [one.ask for one in questions(PAGE) if not asked(file, one.sql)] == []


@pytest.mark.search  # loads once more
def test_an_account_meets_nobody_who_was_invented(
    shown: tuple[Path, str], sandbox: Sandbox
) -> None:
    """Read downwards, the README loads the account beside the sandbox, into another file."""
    folder, _ = shown
    done = typed(f"{COMMANDS[3]} --no-marts", folder, **in_the_environment(sandbox))
    assert done.returncode == 0, done.stdout + done.stderr
    employees = "select distinct organization_id, count(*) over () from credly.employees"
    ((organization, people),) = asked(folder / "workforce.duckdb", employees)
    assert (organization, people) == (sandbox.organization_id, 60)


def test_the_roster_shown_is_planned_and_applied(tmp_path: Path) -> None:
    """The second command does what the first one shows, and says that nothing is left."""
    done = typed(COMMANDS[-1], tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.startswith("Plan ")
    assert "create            3" in done.stdout
    assert "update     6 done" in done.stdout
    assert "A second plan has 0 operations." in done.stdout
    # the packages' own folder aside: receipts of invented people go with them
    assert {path.name for path in tmp_path.iterdir()} <= {"dlt", "pipelines"}


@pytest.mark.search  # in the normal run, an account that follows on the sandbox
@pytest.mark.parametrize("command", COMMANDS[2:4])
def test_the_commands_of_an_account_succeed(command: str, tmp_path: Path, sandbox: Sandbox) -> None:
    """With the settings of an account, here the sandbox's, the check and the load end with 0."""
    done = typed(command, tmp_path, **in_the_environment(sandbox))
    assert done.returncode == 0, done.stdout + done.stderr
