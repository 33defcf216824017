"""docs/operations.md against the code: exit codes, messages, settings and names, and its SQL.

Its links, commands and flags are compared in test_docs.py, as those of every page.
"""

import ast
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import dlt
import duckdb
import pytest

from tests.tools.main_job import CHECKOUT, SCRIPT, account, run_job, run_python
from workforce_source import Summary, exceptions, load
from workforce_source.exceptions import Stopped, WorkforceError
from workforce_source.exit_codes import ExitCode, meanings
from workforce_source.job.notify import Notify
from workforce_source.job.outputs import Outputs
from workforce_source.marts.definitions import CHECKS, MARTS
from workforce_source.sandbox import Sandbox
from workforce_source.settings import setting_names
from workforce_source.sync.statistics import Statistics
from workforce_source.tables import TABLES
from workforce_source.tables.own import AUDIT, AUDIT_COLUMNS, STATUS

DOCS = CHECKOUT / "docs"
README = (CHECKOUT / "README.md").read_text(encoding="utf-8")
PAGE = (DOCS / "operations.md").read_text(encoding="utf-8")
DLTS_OWN = {"delete_completed_jobs", "_dlt_loads"}


def rows_below(page: str, heading: str) -> list[list[str]]:
    """The cells of the first table below a heading, head and rule left out."""
    below = page.split(f"# {heading}\n", 1)[1].splitlines()
    start = next(number for number, line in enumerate(below) if line.startswith("|"))
    table = []
    for line in below[start:]:
        if not line.startswith("|"):
            break
        table.append([cell.strip() for cell in line.strip("|").split("|")])
    return table[2:]


def code_in(text: str) -> list[str]:
    """What stands between backticks on one line, fenced blocks left out."""
    return re.findall(r"`([^`\n]+)`", re.sub(r"^```.*?^```$", "", text, flags=re.DOTALL | re.M))


def codes_and_meanings(page: str, heading: str) -> list[tuple[str, str]]:
    """The first two columns of a table of exit codes."""
    return [(row[0], row[1]) for row in rows_below(page, heading)]


def test_the_readme_has_every_exit_code() -> None:
    """Its table is the code's, meaning by meaning."""
    assert codes_and_meanings(README, "Exit codes of the main job") == meanings()


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
    assert [tuple(re.split(r" {2,}", line.strip())) for line in below if line] == meanings()


def test_every_error_ends_with_a_code_of_the_table() -> None:
    """The classes of errors, and a stop by either signal, have codes that are explained."""
    classes = [getattr(exceptions, name) for name in exceptions.__all__]
    assert all(issubclass(one, WorkforceError) for one in classes)
    assert {one.exit_code for one in classes} == {ExitCode.FAILED, ExitCode.UNUSABLE}
    assert Stopped("", signal=2).exit_status == ExitCode.INTERRUPTED
    assert Stopped("", signal=15).exit_status == ExitCode.TERMINATED


def texts() -> Iterator[str]:
    """Every text in the package, the parts of a formatted one each by itself."""
    for path in (CHECKOUT / "workforce_source").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                yield node.value


def keys_in(document: dict[str, Any]) -> set[str]:
    """Every key of a document, those of the documents in it as `outer.inner` and as `inner`."""
    found = set()
    for key, value in document.items():
        found.add(key)
        if isinstance(value, dict):
            found |= {name for inner in keys_in(value) for name in (inner, f"{key}.{inner}")}
    return found


JSON = keys_in({**Summary(Statistics()).as_dict(), **Outputs().as_dict()})


def test_the_page_has_every_exit_code_and_what_to_do() -> None:
    """Its table is the code's, meaning by meaning, and no row leaves the reader alone."""
    assert codes_and_meanings(PAGE, "Exit codes") == meanings()
    assert all(len(row) == 3 and row[2] for row in rows_below(PAGE, "Exit codes"))


@pytest.mark.parametrize("heading", ["Exit 1", "Exit 2"])
def test_the_messages_quoted_are_messages_of_the_code(heading: str) -> None:
    """A person who looks for the words of a message finds them as they were printed."""
    quoted = [part for row in rows_below(PAGE, heading) for part in code_in(row[0])]
    assert len(quoted) >= 8
    known = list(texts())
    assert [part for part in quoted if not any(part in text for text in known)] == []


def test_every_name_of_the_page_exists() -> None:
    """Settings, tables, columns, marts, checks and keys of the JSON are spelled as they are."""
    names = {word for word in code_in(PAGE) if re.fullmatch(r"_?[a-z]+(_[a-z]+)+", word)}
    columns = {column.name for table in TABLES for column in table.all_columns}
    columns |= {AUDIT, STATUS, *AUDIT_COLUMNS}
    known = {*setting_names(), *columns, *JSON, *DLTS_OWN}
    for kind in (TABLES, MARTS, CHECKS):
        known |= {each.name for each in kind}
    assert {"give_up_after", "max_pause"} <= names <= known, names - known
    variables = set(re.findall(r"SOURCES__WORKFORCE__([A-Z_]+)", PAGE))
    assert variables
    own = {f"notify__{name}" for name in Notify.get_resolvable_fields()}
    assert {name.lower() for name in variables} <= {*setting_names(), *own}


def test_the_paths_to_alert_on_are_in_the_summary() -> None:
    """`--json` has each of them."""
    paths = [path for row in rows_below(PAGE, "Alarms") for path in code_in(row[0])]
    assert len(paths) >= 8
    assert [path for path in paths if path not in JSON] == []


SQL = re.findall(r"^```sql\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)


def test_the_sql_of_the_page_answers(tmp_path: Path, sandbox: Sandbox) -> None:
    """It finds the one who cannot be read, and the last sign of life."""
    refused = next(e for e in sandbox.population.employees if e.employee_state == "accepted")
    sandbox.answer_employee(refused.id, 403)
    file = tmp_path / "workforce.duckdb"
    pipeline = dlt.pipeline(
        "workforce",
        pipelines_dir=str(tmp_path / "dlt"),
        destination=dlt.destinations.duckdb(str(file)),
        dataset_name="credly",
    )
    load(pipeline, **sandbox.settings)  # type: ignore[arg-type]  # settings are texts here
    unreadable, last_run, _, alive = SQL
    with duckdb.connect(str(file), read_only=True) as connection:
        ((employee_id, status, _),) = connection.execute(unreadable).fetchall()
        ((whose, as_of, fresh_until, code, error, _),) = connection.execute(last_run).fetchall()
        ((last, oldest),) = connection.execute(alive).fetchall()
    assert (employee_id, status) == (refused.id, 403)
    assert (whose, code, error) == (sandbox.organization_id, 3, None)
    assert as_of < fresh_until
    assert last >= oldest


@pytest.mark.search  # three loads and two processes
def test_a_mistyped_organization_leaves_the_status_when_its_row_is_removed(
    tmp_path: Path, sandbox: Sandbox
) -> None:
    """It never was there, so no later run makes it good; the page has the statement."""
    mistyped = {"SOURCES__WORKFORCE__ORGANIZATION_ID": "00000000-0000-0000-0000-000000000000"}
    variables = account(sandbox)
    assert run_job(tmp_path, "--no-marts", variables=variables | mistyped).returncode == 2
    assert run_job(tmp_path, "--no-marts", variables=variables).returncode == 0
    assert run_job(tmp_path, "--status", variables={}).returncode == 2
    (statement,) = (each for each in SQL if each.startswith("delete"))
    (whose,) = mistyped.values()
    with duckdb.connect(str(tmp_path / "workforce.duckdb")) as connection:
        connection.execute(statement.replace("the id that was mistyped", whose))
    status = run_job(tmp_path, "--status", variables={})
    assert (status.returncode, status.stdout.count("Organization ")) == (0, 1)


@pytest.mark.search  # a load and a process
def test_the_line_that_opens_the_file_shows_every_column_it_asks_for(
    tmp_path: Path, sandbox: Sandbox
) -> None:
    """In the width of a terminal; more columns, and DuckDB would leave most of them out."""
    assert run_job(tmp_path, "--no-marts", variables=account(sandbox)).returncode == 0
    (code,) = re.findall(r'`python3 run\.py -c "([^`]+)"`', PAGE)
    shown = run_python(tmp_path, "-c", code, variables={}).stdout
    assert all(name in shown for name in ("organization_id", "as_of", "exit_code")), shown
    assert sandbox.organization_id[:8] in shown
