"""The package in a Python prompt: its names, its help, and what a load prints."""

import ast
import inspect
import io
import itertools
import pydoc
import subprocess
import sys
import textwrap
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast, get_type_hints

import dlt
import pytest

import workforce_source
from workforce_source import load, settings, workforce
from workforce_source.arguments import GivenSettings
from workforce_source.forgetting import forget, unforget
from workforce_source.sandbox import Sandbox
from workforce_source.settings import Settings

TAKING_SETTINGS = (load, forget, unforget)


def meanings() -> dict[str, str]:
    """What stands below each field of `Settings`."""
    tree = ast.parse(Path(settings.__file__).read_text(encoding="utf-8"))
    (body,) = (
        node.body
        for node in tree.body
        if isinstance(node, ast.ClassDef) and node.name == "Settings"
    )
    return {
        ast.unparse(field.target): ast.literal_eval(below.value)
        for field, below in itertools.pairwise(body)
        if isinstance(field, ast.AnnAssign) and isinstance(below, ast.Expr)
    }


def helped(thing: object) -> str:
    """What `help()` shows, on one line."""
    shown = io.StringIO()
    pydoc.Helper(output=shown).help(thing)
    return " ".join(shown.getvalue().split())


def test_dir_shows_the_public_names() -> None:
    """All of them, before any is used, and nothing that only serves us."""
    code = "import workforce_source as w; print(*[n for n in dir(w) if n[:2] != '__'])"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout.split() == sorted(workforce_source.__all__)


def test_a_name_that_is_not_there_is_refused_with_those_that_are() -> None:
    """Whoever mistypes one sees what it may have been."""
    with pytest.raises(AttributeError, match=r"has no attribute 'laod'"):
        workforce_source.laod  # noqa: B018


@pytest.mark.parametrize("function", TAKING_SETTINGS, ids=lambda function: function.__name__)
def test_help_has_every_setting_with_its_type_and_meaning(function: Callable[..., Any]) -> None:
    """As `Settings` has them, which is where the pages have them from."""
    shown = helped(function)
    parameters = inspect.signature(function).parameters
    for name, meaning in meanings().items():
        assert parameters[name].kind is inspect.Parameter.KEYWORD_ONLY
        assert f"{name}: {' '.join(meaning.split())}" in shown
    assert "settings: Any" not in shown


def test_the_settings_that_may_be_given_are_those_there_are() -> None:
    """Names and types, for type checkers; None counts as not given."""
    given = get_type_hints(GivenSettings, include_extras=True)
    known = Settings.get_resolvable_fields()
    assert list(given) == list(known) == list(meanings())
    for name, kind in given.items():
        assert kind == known[name] | None


def test_the_arguments_of_the_source_are_the_settings_that_may_be_given() -> None:
    """And its session."""
    taken = inspect.signature(workforce).parameters
    assert list(taken)[:-2] == list(GivenSettings.__annotations__)
    assert list(taken)[-2:] == ["session", "settings"]


@pytest.mark.search
def test_a_type_checker_knows_the_settings(tmp_path: Path) -> None:
    """A name that is none, and a value of another type, are found before anything is run."""
    file = tmp_path / "checked.py"
    file.write_text(
        textwrap.dedent("""\
            import dlt
            from workforce_source import load

            pipeline = dlt.pipeline("workforce")
            load(pipeline, badge_max_age="6h", max_workers=4, employee_filter={"team": "a"})
            load(pipeline, badge_maxage="6h")
            load(pipeline, max_workers="many")
        """),
        encoding="utf-8",
    )
    command = [sys.executable, "-m", "mypy", "--follow-imports", "silent", "--cache-dir"]
    done = subprocess.run(
        [*command, str(tmp_path / "cache"), str(file)], capture_output=True, text=True, check=False
    )
    wrong = [line for line in done.stdout.splitlines() if ": error: " in line]
    assert len(wrong) == 2, done.stdout
    assert 'Unexpected keyword argument "badge_maxage"' in wrong[0]
    assert '"max_workers" to "load" has incompatible type "str"' in wrong[1]


def test_what_a_load_prints_is_short_and_names_nobody(tmp_path: Path, sandbox: Sandbox) -> None:
    """A few lines: what was written, what was read, how it ended."""
    pipeline = dlt.pipeline(
        "printed",
        destination=dlt.destinations.duckdb(str(tmp_path / "w.duckdb")),
        pipelines_dir=str(tmp_path),
    )
    summary = load(pipeline, **cast("Any", sandbox.settings))
    lines = str(summary).splitlines()
    assert 3 <= len(lines) <= 8
    assert max(map(len, lines)) <= 120
    rows, people = summary.statistics.rows_written, summary.statistics.read
    assert lines[0].startswith(f"Loaded in {summary.seconds:.1f} s: {rows:,} rows written")
    assert f"{people:,} were read" in lines[1]
    assert lines[-1] == "Exit code 0: loaded."
    for employee in sandbox.population.employees:
        assert employee.email not in str(summary)
        assert employee.id not in str(summary)


@pytest.mark.search
def test_a_load_that_found_nothing_new_says_so(tmp_path: Path, sandbox: Sandbox) -> None:
    """And one that left somebody out says which code that is."""
    pipeline = dlt.pipeline(
        "printed_again",
        destination=dlt.destinations.duckdb(str(tmp_path / "w.duckdb")),
        pipelines_dir=str(tmp_path),
    )
    load(pipeline, **cast("Any", sandbox.settings))
    assert "nothing had changed" in str(load(pipeline, **cast("Any", sandbox.settings)))
    refused = next(e for e in sandbox.population.employees if e.employee_state == "accepted")
    sandbox.answer_employee(refused.id, 403)
    partial = str(load(pipeline, badge_max_age="0", **cast("Any", sandbox.settings)))
    assert "Exit code 3: loaded, but some employees or requests had to be left out." in partial
    assert "1 could not be read" in partial
