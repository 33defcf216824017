"""The organizations dbt is run on: the sandbox, loaded, and the hand-made one of the marts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

import dlt
import pytest

from tests.dbt_package.project import Project
from tests.marts.conftest import Built, Pipelines, built_by_hand, pipelines
from workforce_source import load
from workforce_source.marts import Seeds, build_marts
from workforce_source.sandbox import Sandbox

__all__ = ["built", "pipelines"]

CSV = {
    "skill_alias.csv": "alias,skill,note\nCommunication,Teamwork,\nPitching,Sales,a slip\n",
    "skill_target.csv": (
        "dimension,dimension_value,skill,min_people,min_coverage\n"
        "all,,Python,60,\ndepartment,Sales,Teamwork,,0.4\ndepartment,Nowhere,Cobol,1,\n"
    ),
    "own_issuer.csv": "issuer_name\nNobody\n",
    "requirement.csv": (
        "requirement,dimension,dimension_value,skill,badge_name,issuer_name,template_id,due_date,"
        "due_days,grace_days,organization_id\n"
        "Python,all,,Python,,,,2026-01-31,60,30,\n"
        "Kubernetes,department,Engineering,,Kubernetes: Expert,,,,90,,\n"
        "Cobol,team,Nowhere,,,,no-such-template,,0,,\n"
    ),
    "skill_category.csv": "skill,category\nPython,Software\nTeamwork,Working\nFortran,Old\n",
    "badge_cost.csv": (
        "template_id,badge_name,issuer_name,amount,currency\n"
        ",Kubernetes: Expert,,99.90,EUR\n,Python: Expert,Nobody,1,USD\nno-such-template,,,5,USD\n"
    ),
}
"""What a company filled in."""


@pytest.fixture(scope="session")
def built(pipelines: Pipelines) -> Built:
    """Its marts, in a file that is closed: dbt is another process, and opens it."""
    return built_by_hand(pipelines)


@dataclass(frozen=True)
class Loaded:
    """The sandbox, loaded, and what the company filled in."""

    pipeline: dlt.Pipeline
    company: Path


@pytest.fixture(scope="session")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> Loaded:
    """The sandbox in a DuckDB file, and the runner's marts of it."""
    folder = tmp_path_factory.mktemp("dbt")
    company = folder / "company"
    company.mkdir()
    for name, text in CSV.items():
        (company / name).write_text(text, encoding="utf-8")
    pipeline = dlt.pipeline(
        "dbt",
        destination=dlt.destinations.duckdb(str(folder / "workforce.duckdb")),
        dataset_name="credly",
        pipelines_dir=str(folder / "state"),
    )
    with Sandbox(employees=500) as sandbox:
        assert load(pipeline, **cast("Any", sandbox.settings)).exit_code == 0
    return Loaded(pipeline, company)


@pytest.fixture(scope="session")
def organization(
    loaded: Loaded, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[dlt.Pipeline, Project]]:
    """The sandbox's marts built by the runner and by `dbt build`, on one day."""
    folder = tmp_path_factory.mktemp("project")
    project = Project(folder, loaded.pipeline, loaded.company)
    for _ in range(2):
        result = build_marts(loaded.pipeline, seeds=Seeds.read(loaded.company))
        project.dbt("build")
        # snapshots are taken on the day only: begin again if it ended meanwhile
        if datetime.now(UTC).date() == result.as_of:
            break
    yield loaded.pipeline, project
    project.close()
