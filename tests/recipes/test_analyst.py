"""docs/analyst.md: the published file, opened by what the page says was run.

One command runs them: `python3 run.py -m pytest -m apps`.
"""

import csv
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any, cast

import dlt
import duckdb
import pytest

from tests.tools.documents import CHECKOUT, blocks_of, page
from workforce_source import load
from workforce_source.marts import Seeds, build_marts, publish
from workforce_source.sandbox import SEEDS, Sandbox

pytestmark = pytest.mark.apps

PAGE = page("docs/analyst.md")
LOCK = CHECKOUT / "requirements-apps.lock"
EXAMPLES = {
    name: code
    for code in blocks_of(PAGE, "python")
    for name in ("ibis", "polars", "df()")
    if name in code
}
SHELL = [
    line
    for block in blocks_of(PAGE, "sh")
    for line in block.splitlines()
    if line.startswith("duckdb ")
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a published file of 150 people, and nothing else."""
    made, folder = tmp_path_factory.mktemp("made"), tmp_path_factory.mktemp("analyst")
    pipeline = dlt.pipeline(
        "analyst",
        destination=dlt.destinations.duckdb(str(made / "workforce.duckdb")),
        dataset_name="credly",
        pipelines_dir=str(made / "state"),
    )
    with Sandbox(employees=150) as sandbox:
        assert load(pipeline, **cast("Any", sandbox.settings)).exit_code == 0
    build_marts(pipeline, seeds=Seeds.read(SEEDS))
    publish(pipeline, folder / "skills.duckdb")
    return folder


def in_the_apps(folder: Path, *words: str) -> str:
    """What Python with the packages of the apps prints."""
    command = [sys.executable, str(CHECKOUT / "run.py"), "--lock", str(LOCK), *words]
    variables = {name: v for name, v in os.environ.items() if name != "PYTHONPATH"}
    done = subprocess.run(
        command,
        cwd=folder,
        env=variables,
        capture_output=True,
        text=True,
        check=False,
        timeout=240,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout


@pytest.fixture(scope="module")
def shell(folder: Path) -> Path:
    """The folder of DuckDB's shell."""
    where = "import duckdb_cli, pathlib; print(pathlib.Path(duckdb_cli.__file__).parent)"
    return Path(in_the_apps(folder, "-c", where).strip())


def asked(folder: Path, query: str) -> list[tuple[object, ...]]:
    """What the file answers the DuckDB of these tests."""
    with duckdb.connect(str(folder / "skills.duckdb"), read_only=True) as connection:
        return connection.execute(query).fetchall()


@pytest.mark.parametrize("command", SHELL)
def test_a_command_of_the_shell_answers(command: str, folder: Path, shell: Path) -> None:
    """As it stands on the page, by a shell that is on the PATH."""
    path = os.pathsep.join([str(shell), os.environ["PATH"]])
    done = subprocess.run(
        ["bash", "-c", command],  # noqa: S607 # whichever it is
        cwd=folder,
        env={**os.environ, "PATH": path},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert (done.returncode, done.stderr) == (0, "")
    if ">" not in shlex.split(command):
        assert len(done.stdout.splitlines()) > 4
        return
    with (folder / "gaps.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == asked(folder, "select count(*) from mart_skill_gap")[0][0]


@pytest.mark.parametrize("name", EXAMPLES)
def test_an_example_in_python_shows_what_the_file_answers(name: str, folder: Path) -> None:
    """The most frequent skill, or the surest one, is among what is shown."""
    shown = in_the_apps(folder, "-c", EXAMPLES[name])
    wanted = {
        "ibis": "select skill_name from mart_skill_coverage where dimension = 'department'"
        " order by coverage_low desc, skill_name limit 1",
        "polars": "select skill_name from mart_skill_coverage where dimension = 'all'"
        " order by people desc limit 1",
        "df()": "select min(skill_name) from mart_skill_coverage where dimension = 'department'",
    }[name]
    ((skill,),) = asked(folder, wanted)
    assert str(skill) in shown


def test_what_was_run_is_what_is_locked() -> None:
    """The versions of the page are those of the lock."""
    lock = dict(
        re.findall(r"^([\w-]+)(?:\[\w+\])?==(\S+)", LOCK.read_text(encoding="utf-8"), re.MULTILINE)
    )
    table = PAGE.split("## The file")[0]
    for name, package in (
        ("yes:", "duckdb-cli"),
        ("pandas", "pandas"),
        ("Polars", "polars"),
        ("Ibis", "ibis-framework"),
        ("duckdb", "duckdb"),
    ):
        assert f"{name} {lock[package]}" in table
    assert len(EXAMPLES) == 3
    assert len(SHELL) == 5
