"""The pages about the marts against the code: what can be run is run, what is made is made anew."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import dlt
import pytest

from tests.marts import acme, raw
from tests.tools.documents import blocks_of, page
from workforce_source.exceptions import ConfigError
from workforce_source.marts import CHECKS, MARTS, Seeds
from workforce_source.marts.pages import reference, rewrite
from workforce_source.marts.seeds import FILES

CHECKOUT = Path(__file__).resolve().parents[2]
MARTS_PAGE = CHECKOUT / "docs" / "marts.md"
METRICS_PAGE = (CHECKOUT / "docs" / "metrics.md").read_text(encoding="utf-8")


def test_the_reference_is_what_the_metadata_says() -> None:
    """After a change of `marts.toml` the page is made anew, by the command it names."""
    assert f"\n{reference()}\n" in MARTS_PAGE.read_text(encoding="utf-8")
    for name in (*(mart.name for mart in MARTS), *(check.name for check in CHECKS)):
        assert f"`{name}`" in reference()


def test_the_command_brings_a_page_up_to_date(tmp_path: Path) -> None:
    """It replaces what is between the marks, and nothing else."""
    page = tmp_path / "marts.md"
    text = MARTS_PAGE.read_text(encoding="utf-8")
    page.write_text(text.replace(reference(), "| old |"), encoding="utf-8")
    run("-m", "workforce_source.marts", str(page))
    assert page.read_text(encoding="utf-8") == text


def test_a_page_without_the_marks_is_left_alone(tmp_path: Path) -> None:
    """Nothing is written into a page that is not meant for it."""
    page = tmp_path / "other.md"
    page.write_text("# Other\n", encoding="utf-8")
    with pytest.raises(ConfigError, match=r"other\.md lacks the line"):
        rewrite(page)
    assert page.read_text(encoding="utf-8") == "# Other\n"


def test_the_python_of_the_page_runs(tmp_path: Path) -> None:
    """It builds, checks and publishes what was loaded into the database of its name."""
    (code,) = re.findall(r"^```python\n(.*?)^```$", MARTS_PAGE.read_text(), re.M | re.S)
    pipeline = dlt.pipeline(
        "filled",
        destination=dlt.destinations.duckdb(str(tmp_path / "workforce.duckdb")),
        dataset_name="credly",
        pipelines_dir=str(tmp_path / "state"),
    )
    raw.write(pipeline, acme.ROWS)
    printed = run("-c", code, cwd=tmp_path)
    assert "error 1 badge belongs to nobody in the organization" in printed
    assert (tmp_path / "skills.duckdb").exists()


@pytest.mark.search  # in the normal run, the Python of the page of marts
def test_the_python_of_the_page_of_skills_runs(tmp_path: Path) -> None:
    """With the library that page shows, it merges nothing and asks about what is loaded."""
    (code,) = blocks_of(page("docs/skills.md"), "python")
    _, library = blocks_of(page("docs/skills.md"), "csv")
    (tmp_path / "library.csv").write_text(library, encoding="utf-8")
    pipeline = dlt.pipeline(
        "filled",
        destination=dlt.destinations.duckdb(str(tmp_path / "workforce.duckdb")),
        dataset_name="credly",
        pipelines_dir=str(tmp_path / "state"),
    )
    raw.write(pipeline, acme.ROWS)
    run("-c", code, cwd=tmp_path)
    written = (tmp_path / "skill_review.csv").read_text(encoding="utf-8")
    assert "Kubernetes,Kubernetes,exact,,1.00,open,\n" in written
    assert "k8s,Kubernetes,listed,,1.00,open,\n" in written


def test_the_seed_files_shown_can_be_read(tmp_path: Path) -> None:
    """The examples are whole files, named in the text before them."""
    shown = re.findall(r"^`(\w+\.csv)`:.*?^```csv\n(.*?)^```$", METRICS_PAGE, re.M | re.S)
    assert len(shown) == METRICS_PAGE.count("```csv\n") == len(FILES)
    for name, text in shown:
        (tmp_path / name).write_text(text, encoding="utf-8")
    seeds = Seeds.read(tmp_path)
    read = {name: len(rows) for name, rows in seeds.tables().items()}
    assert read == {
        **{"skill_alias": 2, "skill_target": 3, "own_issuer": 1, "requirement": 3},
        **{"skill_category": 3, "badge_cost": 2},
    }


def test_every_figure_of_the_coverage_is_defined() -> None:
    """The page explains each number of the mart people look at most."""
    (coverage,) = (mart for mart in MARTS if mart.name == "mart_skill_coverage")
    for column in coverage.columns:
        if column.type in ("bigint", "double"):
            word = column.name
            assert f"`{word}`" in METRICS_PAGE or f"| {word} |" in METRICS_PAGE, word


def run(*arguments: str, cwd: Path = CHECKOUT) -> str:
    """Get what Python prints when it runs this."""
    done = subprocess.run(
        [sys.executable, *arguments],
        cwd=cwd,
        env={**os.environ, "PYTHONPATH": str(CHECKOUT)},
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    return done.stdout
