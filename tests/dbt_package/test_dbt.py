"""The dbt package run by dbt: the same rows and findings as the runner, on DuckDB and PostgreSQL.

One command runs it: `python3 run.py -m pytest -m dbt`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import dlt
import pytest

from tests.dbt_package.project import MARTS_SCHEMA, SCHEMA, Project, table
from tests.marts import acme
from tests.marts.conftest import Built
from workforce_source.marts import CHECKS, MARTS, run_checks
from workforce_source.marts.definitions import SEEDS
from workforce_source.tables import TABLE_BY_NAME

pytestmark = pytest.mark.dbt

SNAPSHOTS = {mart.name for mart in MARTS if mart.snapshot}
BUILT_BY_DBT = [mart.name for mart in MARTS]
FILLED_IN = [seed.name for seed in SEEDS if seed.name != "calendar_month"]


def comments(pipeline: dlt.Pipeline) -> int:
    """How many columns of the marts carry a comment."""
    with pipeline.sql_client() as client:
        (row,) = client.execute_sql(
            "SELECT count(*) FROM duckdb_columns()"
            f" WHERE schema_name = '{MARTS_SCHEMA}' AND comment IS NOT NULL"
        ) or [(0,)]
    return int(row[0])


# --- a loaded organization, as an analytics engineer meets it ---


Organization = tuple[dlt.Pipeline, Project]


def test_dbt_build_passes(organization: Organization) -> None:
    """Every model is built, no test fails, and what warns is what the runner's checks warn of."""
    pipeline, project = organization
    statuses = {result["status"] for result in project.results()}
    assert statuses == {"success", "pass", "warn", "no-op"}  # an exposure is nothing to do
    warned = {r["unique_id"].split(".")[2] for r in project.results() if r["status"] == "warn"}
    assert warned == {c.name for c in run_checks(pipeline) if c.offenders} & {
        check.name for check in CHECKS
    }


@pytest.mark.parametrize("name", BUILT_BY_DBT)
def test_all_rows_are_those_of_the_runner(organization: Organization, name: str) -> None:
    """The same columns, types and rows, in every mart."""
    pipeline, _ = organization
    columns, rows = table(pipeline, MARTS_SCHEMA, name)
    assert rows, f"{name} is empty: nothing is compared"
    assert (columns, rows) == table(pipeline, "credly_marts", name)


def test_the_snapshot_of_a_day_is_replaced_by_a_later_run_of_it(organization: Organization) -> None:
    """A second run adds nothing, another day's adds nothing, and a full refresh drops nothing."""
    pipeline, project = organization
    before = table(pipeline, MARTS_SCHEMA, "mart_skill_coverage_daily")
    project.dbt("run", "--select", "workforce__mart_skill_coverage_daily")
    assert table(pipeline, MARTS_SCHEMA, "mart_skill_coverage_daily") == before
    day = ("--vars", "workforce_as_of: 2026-01-31")
    project.dbt("run", "--full-refresh", "--select", "workforce__mart_skill_coverage_daily", *day)
    assert table(pipeline, MARTS_SCHEMA, "mart_skill_coverage_daily") == before


def test_the_docs_describe_every_table_and_column(organization: Organization) -> None:
    """Nothing is left blank in what `dbt docs generate` shows, raw tables and seeds included."""
    pipeline, project = organization
    project.dbt("docs", "generate")
    found, described = project.artifact("catalog"), project.artifact("manifest")
    blank = []
    shown = {**found["nodes"], **found["sources"]}
    names = {name.split(".")[-1] for name in shown}
    assert names >= {f"workforce__{mart.name}" for mart in MARTS}
    assert names >= {f"stg_workforce__{name}" for name in ("employees", *FILLED_IN)}
    for unique_id, relation in shown.items():
        node = described["nodes"].get(unique_id) or described["sources"][unique_id]
        texts = {name: column["description"] for name, column in node["columns"].items()}
        blank += [unique_id] * (not node["description"])
        blank += [f"{unique_id}.{name}" for name in relation["columns"] if not texts.get(name)]
    assert blank == []
    assert comments(pipeline) == sum(len(mart.columns) for mart in MARTS)


def test_every_source_is_fresh_after_a_load(organization: Organization) -> None:
    """`dbt source freshness` knows as of when the tables are, and when badges were last read."""
    _, project = organization
    project.dbt("source", "freshness")
    results = project.artifact("sources")["results"]
    assert {r["unique_id"].split(".")[-1] for r in results} == {*TABLE_BY_NAME, "load_audit"}
    assert {result["status"] for result in results} == {"pass"}


def test_the_marts_are_contracts(organization: Organization) -> None:
    """No mart is built whose columns or types are others than the metadata promises."""
    _, project = organization
    nodes = project.artifact("manifest")["nodes"]
    for mart in MARTS:
        node = nodes[f"model.workforce_source.workforce__{mart.name}"]
        assert node["contract"]["enforced"], mart.name
        assert (node["alias"], node["access"]) == (mart.name, "public")
        assert [column["data_type"] for column in node["columns"].values()].count(None) == 0


def test_an_exposure_finds_what_it_depends_on(organization: Organization) -> None:
    """The exposure the page shows is one of the project, and leads to the package's marts."""
    _, project = organization
    listed = project.dbt("ls", "--quiet", "--select", "+exposure:skills_report")
    assert "exposure:company.skills_report" in listed
    assert "workforce_source.marts.workforce__mart_skill_coverage" in listed


def test_a_date_that_is_none_is_refused(organization: Organization) -> None:
    """The message names the variable and shows what it looks like."""
    _, project = organization
    said = project.dbt("compile", "--vars", "workforce_as_of: yesterday", exit_code=2)
    assert "The variable workforce_as_of is a date such as 2026-11-24, not: yesterday" in said


# --- every trap of counting skills, on both warehouses ---


@pytest.fixture(scope="module")
def by_hand(
    built: Built, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Built, Project]]:
    """The hand-made organization, built by the runner and by `dbt run`, for the same day."""
    project = Project(tmp_path_factory.mktemp("dbt") / "project", built.pipeline, acme.SEEDS)
    day = ("--vars", f"workforce_as_of: {acme.AS_OF}")
    project.dbt("seed")
    project.dbt("run", *day)
    yield built, project
    project.close()


ByHand = tuple[Built, Project]


@pytest.mark.parametrize("name", [name for name in BUILT_BY_DBT if name not in SNAPSHOTS])
def test_the_traps_are_counted_alike(by_hand: ByHand, name: str) -> None:
    """Columns, types and rows of the hand-made organization are the runner's."""
    built, _ = by_hand
    columns, rows = table(built.pipeline, MARTS_SCHEMA, name)
    assert rows
    assert (columns, rows) == table(built.pipeline, f"{built.pipeline.dataset_name}_marts", name)


def test_what_is_filled_in_arrives_as_the_runner_writes_it(by_hand: ByHand) -> None:
    """Rows of the company's seeds are equal as staged, numbers and empty cells included."""
    built, _ = by_hand
    for name in FILLED_IN:
        _, rows = table(built.pipeline, f"{SCHEMA}_workforce_staging", f"stg_workforce__{name}")
        assert rows == table(built.pipeline, f"{built.pipeline.dataset_name}_marts", name)[1], name


def test_the_calendar_is_the_runners(by_hand: ByHand) -> None:
    """The months are worked out by Jinja here, and by Python there."""
    built, _ = by_hand
    _, rows = table(
        built.pipeline, f"{SCHEMA}_workforce_intermediate", "int_workforce__calendar_month"
    )
    assert rows
    runner = f"{built.pipeline.dataset_name}_marts"
    assert rows == table(built.pipeline, runner, "calendar_month")[1]


def test_nobody_saw_another_day(by_hand: ByHand) -> None:
    """Marts made for a past date take no snapshot."""
    built, _ = by_hand
    for name in SNAPSHOTS:
        assert table(built.pipeline, MARTS_SCHEMA, name)[1] == []


def test_the_checks_find_what_the_runner_finds(by_hand: ByHand) -> None:
    """Each check has its number of offenders and its severity; what is sound passes."""
    built, project = by_hand
    day = ("--vars", f"workforce_as_of: {acme.AS_OF}")
    project.dbt("test", "--select", "test_type:singular", *day, exit_code=1)
    found = {
        result["unique_id"].split(".")[2]: (result["failures"], result["status"])
        for result in project.results()
    }
    failing = {"error": "fail", "warn": "warn", "info": "warn"}
    expected = {
        check.name: (check.offenders, failing[check.severity] if check.offenders else "pass")
        for check in run_checks(built.pipeline, as_of=acme.AS_OF)
        if check.name in {exported.name for exported in CHECKS}
    }
    assert found == expected
    assert len(found) == len(CHECKS)


def test_what_the_metadata_promises_holds(by_hand: ByHand) -> None:
    """Keys, references, allowed values, what may not be null, and the traps as unit tests."""
    _, project = by_hand
    kinds = ("test_type:generic", "test_type:unit")
    said = project.dbt("test", "--select", *kinds, "--vars", f"workforce_as_of: {acme.AS_OF}")
    assert any(r["unique_id"].startswith("unit_test.") for r in project.results())
    assert re.search(r"PASS=\d{3} WARN=0 ERROR=0 SKIP=0", said)
