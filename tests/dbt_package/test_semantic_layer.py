"""The metrics as MetricFlow answers them, against people counted one by one from the raw rows."""

from __future__ import annotations

import json
import math
import shutil
from datetime import date
from pathlib import Path
from typing import Any

import dlt
import pytest
import yaml

from tests.dbt_package.counting import figures, people_of
from tests.dbt_package.project import MARTS_SCHEMA, PAGE, SHOWN, Project
from workforce_source.dbt_package.semantic import METRICS

pytestmark = pytest.mark.dbt

ALIASES = {"communication": "teamwork", "pitching": "sales"}
TARGETS = {"python", "teamwork", "cobol"}
DEPARTMENT, SKILL = "workforce_employee__department", "workforce_skill__skill_key"
_ENABLED = PAGE.split("semantic layer is off", 1)[1].split("```yaml\n", 1)[1].split("```", 1)[0]
"""What the page shows to turn it on."""


@pytest.fixture(scope="module")
def semantic(
    organization: tuple[dlt.Pipeline, Project], tmp_path_factory: pytest.TempPathFactory
) -> tuple[dlt.Pipeline, Project]:
    """The project of the page with the semantic layer turned on, as the page says."""
    pipeline, project = organization
    folder = tmp_path_factory.mktemp("semantic") / "project"
    shutil.copytree(project.folder, folder, symlinks=True)
    settings = yaml.safe_load((folder / "dbt_project.yml").read_text(encoding="utf-8"))
    settings |= yaml.safe_load(_ENABLED)
    (folder / "dbt_project.yml").write_text(yaml.safe_dump(settings), encoding="utf-8")
    copied = Project.at(folder)
    copied.dbt("run", "--select", "workforce_source.semantic")
    return pipeline, copied


Semantic = tuple[dlt.Pipeline, Project]


def answers(semantic: Semantic, queries: list[dict[str, Any]]) -> list[list[dict[str, Any]]]:
    """The rows MetricFlow's statements answer, of each query."""
    pipeline, project = semantic
    script = Path(__file__).with_name("metrics_sql.py")
    manifest = str(project.folder / "target" / "semantic_manifest.json")
    statements = json.loads(project.python(str(script), manifest, given=json.dumps(queries)))
    found = []
    with pipeline.sql_client() as client:
        for statement in statements:
            with client.execute_query(statement) as cursor:
                names = [column[0] for column in cursor.description]
                found.append([dict(zip(names, row, strict=True)) for row in cursor.fetchall()])
    return found


def asked(pipeline: dlt.Pipeline, sql: str) -> list[Any]:
    """The rows of a statement."""
    with pipeline.sql_client() as client:
        return list(client.execute_sql(sql) or ())


def test_every_metric_is_what_is_counted_person_by_person(semantic: Semantic) -> None:
    """By nothing, by department, by skill and by both: each figure of each group."""
    pipeline, _ = semantic
    ((as_of,),) = asked(pipeline, f"SELECT max(as_of) FROM {MARTS_SCHEMA}.dim_employee")
    assert isinstance(as_of, date)
    people, named = people_of(pipeline, ALIASES, as_of)
    every, departments = named | TARGETS, sorted({p.department for p in people})
    queries = [
        {"metrics": list(METRICS), "group_by": groups, "where": []}
        for groups in ([], [DEPARTMENT], [SKILL], [DEPARTMENT, SKILL])
    ]
    for query, found in zip(queries, answers(semantic, queries), strict=True):
        of_departments = departments if DEPARTMENT in query["group_by"] else [None]
        of_skills = sorted(every) if SKILL in query["group_by"] else [None]
        assert len(found) == len(of_departments) * len(of_skills)
        for row in found:
            department, skill = row.get(DEPARTMENT), row.get(SKILL)
            group = [p for p in people if department in (None, p.department)]
            expected = figures(group, {skill} if skill else every, as_of)
            for name, value in expected.items():
                answered = row[f"workforce_{name}"]
                if value is None or answered is None:
                    assert answered is value, (department, skill, name)
                else:
                    assert math.isclose(answered, value), (department, skill, name)


def test_one_skill_of_one_department_can_be_asked_for(semantic: Semantic) -> None:
    """A condition keeps those of the department who do not have the skill: they are known, too."""
    pipeline, _ = semantic
    skill = "{{ Dimension('workforce_skill__skill_key') }} = 'python'"
    department = "{{ Dimension('workforce_employee__department') }} = 'Engineering'"
    query = {"metrics": list(METRICS), "group_by": [], "where": [skill, department]}
    ((row,),) = answers(semantic, [query])
    ((known, people, coverage),) = asked(
        pipeline,
        f"SELECT known, people, coverage FROM {MARTS_SCHEMA}.mart_skill_coverage"
        " WHERE dimension = 'department' AND dimension_value = 'Engineering'"
        " AND skill_key = 'python'",
    )
    assert (row["workforce_known"], row["workforce_people"]) == (known, people)
    assert math.isclose(row["workforce_coverage"], coverage)


def test_a_company_that_has_no_metrics_gets_none(
    organization: tuple[dlt.Pipeline, Project],
) -> None:
    """Off unless asked for: no metric, no calendar that would serve the metrics of others."""
    _, project = organization
    listed = project.dbt("ls", "--quiet", "--resource-type", "metric", "--resource-type", "model")
    assert "workforce_coverage" not in listed
    assert "time_spine" not in listed
    assert "semantic" not in SHOWN["dbt_project.yml"]
