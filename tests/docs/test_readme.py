"""The README as a newcomer follows it: its commands, its Python and its SQL are run as they stand.

Its tables and settings are compared with the code in test_docs.py.
"""

import os
import shlex
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from tests.tools.documents import README, blocks_of
from workforce_source.sandbox import Sandbox
from workforce_source.tables import TABLES

CHECKOUT = Path(__file__).resolve().parents[2]
MAIN_JOB = "pipelines/workforce_pipeline.py"
ROSTER = "pipelines/roster_pipeline.py"
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


def test_the_first_command_loads_500_employees_and_shows_them(tmp_path: Path) -> None:
    """Without an account the newcomer has a filled workforce.duckdb, and a report to look at."""
    done = typed(COMMANDS[0], tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    with duckdb.connect(str(tmp_path / "workforce.duckdb"), read_only=True) as connection:
        assert connection.execute("select count(*) from credly.employees").fetchall() == [(500,)]
    assert "Wrote the report report.html." in done.stdout
    assert "<html" in (tmp_path / "report.html").read_text(encoding="utf-8")


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


@pytest.mark.parametrize("command", COMMANDS[2:4])
def test_the_commands_of_an_account_succeed(command: str, tmp_path: Path, sandbox: Sandbox) -> None:
    """With the settings of an account, here the sandbox's, the check and the load end with 0."""
    done = typed(command, tmp_path, **in_the_environment(sandbox))
    assert done.returncode == 0, done.stdout + done.stderr
