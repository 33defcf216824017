"""docs/operations.md against the code: exit codes, flags, settings, and the SQL it shows."""

import os
import re
import subprocess
import sys

from tests.main_job import CHECKOUT, SCRIPT
from workforce_source import exceptions
from workforce_source.exceptions import Stopped, WorkforceError
from workforce_source.exit_codes import ExitCode, explained

README = (CHECKOUT / "README.md").read_text(encoding="utf-8")


def rows_below(page: str, heading: str) -> list[list[str]]:
    """The cells of the first table below a heading, head and rule left out."""
    section = page.split(f"\n## {heading}\n", 1)[1].split("\n## ", 1)[0]
    lines = [line for line in section.splitlines() if line.startswith("|")][2:]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def codes_and_meanings(page: str, heading: str) -> list[tuple[str, str]]:
    """The first two columns of a table of exit codes."""
    return [(row[0], row[1]) for row in rows_below(page, heading)]


def test_the_readme_has_every_exit_code() -> None:
    """Its table is the code's, meaning by meaning."""
    assert codes_and_meanings(README, "Exit codes of the main job") == explained()


def test_help_has_every_exit_code() -> None:
    """`--help` ends with the code's table."""
    shown = subprocess.run(
        [sys.executable, str(SCRIPT), "--help"],
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(CHECKOUT), *sys.path])},
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    below = shown.split("exit codes", 1)[1].splitlines()[1:]
    assert [tuple(re.split(r" {2,}", line.strip())) for line in below if line] == explained()


def test_every_error_ends_with_a_code_of_the_table() -> None:
    """The classes of errors, and a stop by either signal, have codes that are explained."""
    classes = [getattr(exceptions, name) for name in exceptions.__all__]
    assert all(issubclass(one, WorkforceError) for one in classes)
    assert {one.exit_code for one in classes} == {ExitCode.FAILED, ExitCode.UNUSABLE}
    assert Stopped("", signal=2).exit_status == ExitCode.INTERRUPTED
    assert Stopped("", signal=15).exit_status == ExitCode.TERMINATED
