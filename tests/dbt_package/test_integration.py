"""The package's own integration tests, as somebody tries them on a warehouse of theirs.

Eight people made by hand, with the traps of counting among them, on a fixed day.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from tests.dbt_package.project import PACKAGE, Project

pytestmark = pytest.mark.dbt


@pytest.fixture(scope="module")
def tried(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """The package's folder, copied, and its integration tests run on DuckDB."""
    folder = tmp_path_factory.mktemp("tried") / "dbt_package"
    shutil.copytree(PACKAGE, folder)
    assert "DBT_TARGET" not in os.environ
    project = Project.at(folder / "integration_tests")
    for command in ("deps", "seed", "run", "test"):
        project.dbt(command)
    return project


def test_what_was_counted_by_hand_is_found(tried: Project) -> None:
    """Every test passes: the expected figures, the traps as unit tests, keys and references."""
    results = {r["unique_id"].split(".")[2]: r["status"] for r in tried.results()}
    assert set(results.values()) <= {"pass", "warn"}
    assert results["coverage_is_as_counted_by_hand"] == "pass"
    assert results["skills_are_as_counted_by_hand"] == "pass"
    assert sum(r["unique_id"].startswith("unit_test.") for r in tried.results()) >= 8


def test_another_figure_is_not_found(tried: Project) -> None:
    """One person more in what is expected, and the test fails: it compares."""
    expected = tried.folder / "seeds" / "expected" / "expected_coverage.csv"
    text = expected.read_text(encoding="utf-8")
    assert ",2,0,0,thin" in text
    expected.write_text(text.replace(",2,0,0,thin", ",3,0,0,thin"), encoding="utf-8")
    tried.dbt("seed", "--select", "expected_coverage")
    tried.dbt("test", "--select", "coverage_is_as_counted_by_hand", exit_code=1)
    (result,) = tried.results()
    assert result["failures"] == 2


def test_nothing_is_reported_to_anybody() -> None:
    """Each project that is shipped says so itself."""
    settings = (PACKAGE / "integration_tests" / "dbt_project.yml").read_text(encoding="utf-8")
    assert "send_anonymous_usage_stats: false" in settings
    assert not list(Path(PACKAGE).glob("*/dbt_packages"))
