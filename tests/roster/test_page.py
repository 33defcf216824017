"""docs/roster.md against the code: its Python is run, its tables are compared."""

from __future__ import annotations

import inspect
import re
from pathlib import Path

import pytest

from tests.tools.documents import blocks_of, page, table_below
from tests.tools.main_job import CHECKOUT, account
from workforce_source.exit_codes import roster_meanings
from workforce_source.job.roster_arguments import parser
from workforce_source.roster import Outcome, Rules
from workforce_source.sandbox import Sandbox

PAGE = page("docs/roster.md")


def test_the_python_of_the_page_runs(
    sandbox: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It creates the person it names."""
    monkeypatch.chdir(tmp_path)
    for name, value in account(sandbox).items():
        monkeypatch.setenv(name, value)
    (code,) = blocks_of(PAGE, "python")
    exec(compile(code, "docs/roster.md", "exec"), {})  # noqa: S102 # our own page
    assert sandbox.population.employees[-1].email == "ada@example.com"
    assert (tmp_path / "receipts.jsonl").exists()


def test_the_exit_codes_are_those_of_help() -> None:
    """And both are the code's."""
    rows = [
        [cell.strip() for cell in row.strip("|").split("|")]
        for row in table_below(PAGE, "Exit codes")
    ]
    assert [tuple(row) for row in rows] == roster_meanings()
    shown = parser().format_help().split("exit codes", 1)[1].splitlines()[1:]
    told = [tuple(re.split(r" {2,}", line.strip())) for line in shown if line]
    assert told == roster_meanings()


def test_every_outcome_stands_on_the_page() -> None:
    """With its meaning."""
    rows = table_below(PAGE, "When it is killed, or an answer is lost")
    assert rows == [f"| `{outcome}` | {outcome.meaning} |" for outcome in Outcome]


def test_the_bounds_of_the_page_are_the_defaults() -> None:
    """Numbers that people rely on."""
    rules = Rules()
    assert (
        f"{rules.max_deleted} people, and {rules.max_deleted_share:.0%}".replace("%", " %") in PAGE
    )
    assert f"{rules.invite_again_after.days} days" in PAGE
    assert f"at most {rules.max_invited_a_day} within a day" in PAGE
    assert f"more than {rules.max_rejected_share:.0%}".replace("%", " %") in PAGE
    described = inspect.getdoc(Rules) or ""
    assert all(f"{name}:" in described for name in Rules.__dataclass_fields__)
    assert (CHECKOUT / "workforce_source" / "roster" / "example.csv").exists()
