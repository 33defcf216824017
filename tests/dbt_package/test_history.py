"""The dbt package for a day that is over and was observed: the runner's marts as of that day."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import dlt
import pytest

from tests.dbt_package.project import MARTS_SCHEMA, Project, table
from tests.marts.test_past import CHURN, DAY
from tests.tools.histories import History
from workforce_source.marts import MARTS, Seeds, build_marts

pytestmark = pytest.mark.dbt
COMPARED = [mart.name for mart in MARTS if not mart.snapshot]


@dataclass(frozen=True)
class Past:
    """An organization of two days, the first of them as dbt and as the runner tell it."""

    pipeline: dlt.Pipeline
    project: Project
    first: date
    of_first: dict[str, Any]
    of_last: dict[str, Any]


def rows_in(pipeline: dlt.Pipeline, schema: str, name: str) -> tuple[list[str], list[Any]]:
    """Columns in order, and every row of a table; PostgreSQL has two words for a text."""
    columns, rows = table(pipeline, schema, name)
    return [column for column, _ in columns], rows


@pytest.fixture(
    scope="module", params=["duckdb", pytest.param("postgres", marks=pytest.mark.postgres)]
)
def past(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Past]:
    """Thirty employees, of whom many come, change and leave before the second day."""
    others: dict[str, Any] = {"dataset": "past"}
    if request.param == "postgres":
        url = request.getfixturevalue("postgres_url")
        others["destination"] = lambda _: dlt.destinations.postgres(url)
    history = History(30, 5, **others)
    history.settings["history"] = True
    pipeline, first = history.pipeline(), history.clock.now.date()
    history.load(badge_max_age="0")
    history.clock.advance(DAY)
    history.sandbox.churn(CHURN, seed=3)
    history.load(badge_max_age="0")
    built = []
    for day in (first + timedelta(days=1), first):
        build_marts(pipeline, as_of=day)
        built.append({n: rows_in(pipeline, "past_marts", n) for n in COMPARED})
    project = Project(tmp_path_factory.mktemp("past"), pipeline, Seeds())
    project.dbt("seed")
    project.dbt("run", "--vars", f"workforce_as_of: {first}")
    yield Past(pipeline, project, first, of_first=built[1], of_last=built[0])
    project.close()
    history.close()


def test_all_rows_are_those_of_the_day(past: Past) -> None:
    """Columns and rows are the runner's, in every mart; they are not those of now."""
    for name in COMPARED:
        assert rows_in(past.pipeline, MARTS_SCHEMA, name) == past.of_first[name], name
    changed = {name for name in COMPARED if past.of_first[name] != past.of_last[name]}
    assert {"dim_employee", "fct_badge", "mart_skill_coverage"} <= changed


def test_a_day_nobody_observed_is_refused(past: Past) -> None:
    """The message says which days there are."""
    day = past.first - timedelta(days=1)
    model = ("--select", "stg_workforce__employees")
    said = past.project.dbt("compile", *model, "--vars", f"workforce_as_of: {day}", exit_code=2)
    assert f"What there was on {day} was not observed: history begins on {past.first}" in said
