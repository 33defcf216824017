"""The dbt package in a company's project that has tables, sources and settings of the same names.

What the package makes is the runner's, and what the company has stays its own.
"""

from __future__ import annotations

from collections.abc import Iterator

import dlt
import pytest

from tests.dbt_package.conftest import Loaded
from tests.dbt_package.project import MARTS_SCHEMA, SCHEMA, Project, table
from workforce_source.marts import MARTS, Seeds, build_marts

pytestmark = pytest.mark.dbt

OWN_ROWS = 73
_OWN_TABLE = (
    "select n as employee_id, cast('2026-01-01' as date) as date_day"
    f" from (select unnest(range({OWN_ROWS})) as n) t\n"
)
OWN = {
    # tables of the company's, which the package has under the same names
    "models/dim_date.sql": _OWN_TABLE,
    "models/dim_employee.sql": _OWN_TABLE,
    "models/employees.sql": _OWN_TABLE,
    "models/calendar_month.sql": _OWN_TABLE,
    "models/skill_alias.sql": _OWN_TABLE,
    # a source of the company's with the name of the loader's tables
    "models/own_sources.yml": (
        "sources:\n- name: workforce\n  schema: analytics\n  tables: [{name: employees}]\n"
    ),
    "macros/as_of.sql": "{% macro as_of() %}cast('1999-12-31' as date){% endmacro %}\n",
    # dbt looks for what warehouses spell differently in the company's project first
    "macros/spelled.sql": (
        "{% macro default__trimmed(text) %}'company'{% endmacro %}\n"
        "{% macro default__utc_date(moment) %}cast('1999-12-31' as date){% endmacro %}\n"
    ),
}
PREFERS_NODE = "  require_ref_prefers_node_package_to_root: true\n"


@pytest.fixture(scope="module", params=[False, True], ids=["as_ever", "prefers_the_package"])
def company(
    loaded: Loaded, request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[dlt.Pipeline, Project]]:
    """The company's project, run once, with and without dbt's flag for whose model is meant."""
    folder = tmp_path_factory.mktemp("company")
    project = Project(folder, loaded.pipeline, loaded.company, OWN)
    if request.param:
        settings = folder / "dbt_project.yml"
        text = settings.read_text(encoding="utf-8")
        assert "flags:\n" in text
        settings.write_text(text.replace("flags:\n", f"flags:\n{PREFERS_NODE}"), encoding="utf-8")
    build_marts(loaded.pipeline, seeds=Seeds.read(loaded.company))
    project.dbt("seed", "--full-refresh")
    project.dbt("run")
    yield loaded.pipeline, project
    project.close()


Company = tuple[dlt.Pipeline, Project]


def test_the_marts_are_the_runners_whatever_the_company_calls_its_own(company: Company) -> None:
    """Every mart has the runner's rows, beside tables of the same names with other rows."""
    pipeline, _ = company
    for mart in MARTS:
        _, rows = table(pipeline, MARTS_SCHEMA, mart.name)
        assert rows
        assert rows == table(pipeline, "credly_marts", mart.name)[1], mart.name


def test_the_tables_of_the_company_stay_its_own(company: Company) -> None:
    """The company's models have the rows of their own SELECT."""
    pipeline, _ = company
    for name in ("dim_date", "dim_employee", "employees", "calendar_month", "skill_alias"):
        assert len(table(pipeline, SCHEMA, name)[1]) == OWN_ROWS, name
