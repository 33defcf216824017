"""The apps of pipelines/recipes, each run by its own library in the environment of its lock.

One command runs them: `python3 run.py -m pytest -m apps`.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any, cast

import dlt
import duckdb
import pytest

from pipelines.recipes.asking import DIMENSIONS, ask
from workforce_source import load
from workforce_source.marts import build_marts, publish
from workforce_source.sandbox import Sandbox

pytestmark = pytest.mark.apps

CHECKOUT = Path(__file__).resolve().parents[2]
MADE = {
    "loaded": None,
    "several": (
        "organization_id",
        "INSERT INTO {table} SELECT * REPLACE ('another' AS organization_id) FROM {table}",
    ),
    "unknown": ("known", "DELETE FROM {table} WHERE known >= 5"),
    "empty": ("organization_id", "DELETE FROM {table}"),
}
"""Files, and what makes them of the first: a statement for each table that has a column."""
View = dict[str, Any]


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The published file of an organization, and files of less usual ones."""
    folder = tmp_path_factory.mktemp("apps")
    pipeline = dlt.pipeline(
        "apps",
        destination=dlt.destinations.duckdb(str(folder / "workforce.duckdb")),
        dataset_name="credly",
        pipelines_dir=str(folder / "state"),
    )
    with Sandbox(employees=150) as sandbox:
        assert load(pipeline, **cast("Any", sandbox.settings)).exit_code == 0
    build_marts(pipeline)
    loaded = publish(pipeline, folder / "loaded.duckdb")
    for name, change in MADE.items():
        if change:
            column, statement = change
            (folder / f"{name}.duckdb").write_bytes(loaded.read_bytes())
            with duckdb.connect(str(folder / f"{name}.duckdb")) as connection:
                tables = connection.execute(
                    "SELECT schema_name || '.' || table_name FROM duckdb_columns()"
                    " JOIN duckdb_tables() USING (schema_name, table_name) WHERE column_name = ?",
                    [column],
                ).fetchall()
                for (table,) in tables:
                    connection.execute(statement.format(table=table))
    return {name: folder / f"{name}.duckdb" for name in MADE}


def shown(app: str, *files: Path) -> list[Any]:
    """What an app shows of each file."""
    command = [sys.executable, str(CHECKOUT / "run.py"), "--lock"]
    command += [str(CHECKOUT / "requirements-apps.lock"), "tests/recipes/shown.py", app]
    done = subprocess.run(
        [*command, *map(str, files)],
        cwd=CHECKOUT,
        capture_output=True,
        text=True,
        check=False,
        timeout=240,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    views: list[Any] = json.loads(done.stdout)
    return views


@pytest.fixture(scope="module")
def streamlit(files: dict[str, Path]) -> dict[str, list[View]]:
    """What Streamlit shows, choice after choice."""
    paths = [*files.values(), files["loaded"].with_name("skills.duckdb")]
    return dict(zip([*files, "missing"], shown("streamlit", *paths), strict=True))


@pytest.fixture(scope="module")
def marimo(files: dict[str, Path]) -> dict[str, View]:
    """What marimo shows."""
    paths = [*files.values(), files["loaded"].with_name("skills.duckdb")]
    return dict(zip([*files, "missing"], shown("marimo", *paths), strict=True))


def sizes(file: Path) -> dict[str, int]:
    """How many rows the statements have in the file, as far as the apps show them."""
    coverage = ask(file, "coverage", dimension="all")
    most = max(coverage, key=lambda row: row["people"])["skill_name"]
    return {
        "organizations": len(ask(file, "organization")),
        "coverage": len(ask(file, "coverage", dimension="department")),
        "rarest": min(50, len(ask(file, "rarest"))),
        "expiring": len(ask(file, "expiring")),
        "history": len(ask(file, "history", skill_name=most)),
    }


def figures(file: Path) -> View:
    """The figures at the head of the page."""
    (here,) = ask(file, "organization")
    return {name.capitalize(): f"{here[name]:,}" for name in ("employees", "connected", "known")}


def test_streamlit_shows_what_the_file_answers(
    streamlit: dict[str, list[View]], files: dict[str, Path]
) -> None:
    """Figures, tables and both charts, whichever dimension and skill is chosen."""
    views, size = streamlit["loaded"], sizes(files["loaded"])
    assert [said for view in views for said in view["errors"] + view["told"]] == []
    assert [view["figures"] for view in views] == [figures(files["loaded"])] * len(views)
    assert {tuple(view["rows"]) for view in views} == {(size["rarest"], size["expiring"])}
    assert {view["charts"] for view in views} == {2}
    chosen = [view["chosen"] for view in views]
    assert {box["By"] for box in chosen if "By" in box} == {
        name.replace("_", " ") for name in DIMENSIONS[1:]
    }
    assert sum("Skill" in box for box in chosen) > 5


def test_marimo_shows_what_the_file_answers(
    marimo: dict[str, View], files: dict[str, Path]
) -> None:
    """Every cell runs, and the last one draws a skill over time."""
    assert marimo["loaded"]["rows"] == sizes(files["loaded"])
    assert marimo["loaded"]["outputs"][-1] == "Chart"


def test_one_of_several_organizations_is_shown(
    streamlit: dict[str, list[View]], marimo: dict[str, View], files: dict[str, Path]
) -> None:
    """Another can be chosen; two are never added up."""
    views = streamlit["several"]
    first, second = (row["organization_id"] for row in ask(files["several"], "organization"))
    assert "another" in (first, second)
    assert [box["Organization"] for view in views if "Organization" in (box := view["chosen"])] == [
        second
    ]
    assert [error for view in views for error in view["errors"]] == []
    assert [view["figures"] for view in views] == [figures(files["loaded"])] * len(views)
    assert marimo["several"]["rows"] == sizes(files["loaded"]) | {"organizations": 2}


def test_an_organization_of_which_nobody_is_known_is_no_error(
    streamlit: dict[str, list[View]], marimo: dict[str, View]
) -> None:
    """Both say that no skill is shown, and stop there."""
    (view,) = streamlit["unknown"]
    assert (view["errors"], view["charts"]) == ([], 0)
    assert view["told"] == ["Fewer than five people are known: no skill is shown."]
    assert marimo["unknown"]["rows"].keys() == {"organizations"}


def test_marts_without_rows_are_no_error(
    streamlit: dict[str, list[View]], marimo: dict[str, View]
) -> None:
    """A file can be published before anybody is in it."""
    (view,) = streamlit["empty"]
    assert (view["errors"], view["told"]) == ([], ["Nobody has been loaded yet."])
    assert marimo["empty"]["rows"].get("organizations", 0) == 0


def test_a_missing_file_is_told(streamlit: dict[str, list[View]], marimo: dict[str, View]) -> None:
    """With the flag that writes it."""
    assert marimo["missing"]["rows"] == {}
    (view,) = streamlit["missing"]
    assert [error.count("--publish") for error in view["errors"]] == [1]
