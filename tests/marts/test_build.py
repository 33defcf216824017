"""How marts are built: again, as views, for another day, and when something is in the way."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from dlt.destinations.exceptions import DatabaseException

from tests.marts import acme, raw
from tests.marts.conftest import Built, Pipelines
from workforce_source.exceptions import ConfigError, DestinationError
from workforce_source.marts import MARTS, build_marts

TODAY: dict[str, Any] = {"as_of": acme.AS_OF, "today": acme.AS_OF, "seeds": acme.SEEDS}


@pytest.mark.search  # in the normal run, that another day leaves snapshots alone
def test_building_again_gives_the_same_rows(pipelines: Pipelines) -> None:
    """A second build on the same day leaves every mart, snapshots included, as it was."""
    built = acme_in(pipelines, "again")
    before = everything_in(built)
    build_marts(built.pipeline, **TODAY)
    assert everything_in(built) == before


@pytest.mark.search  # builds every mart twice
def test_views_answer_like_tables(pipelines: Pipelines) -> None:
    """Every mart has the same rows as a view; going there and back works."""
    built = acme_in(pipelines, "viewed")
    tables = everything_in(built)
    for as_views in (True, False):
        build_marts(built.pipeline, **TODAY, as_views=as_views)
        kinds = dict(
            built.sql(
                "SELECT table_name, table_type FROM information_schema.tables"
                " WHERE table_schema = 'viewed_marts'"
            )
        )
        assert (kinds["mart_skill_coverage"] == "VIEW") is as_views
        assert kinds["mart_skill_coverage_daily"] == "BASE TABLE"
        assert everything_in(built) == tables


@pytest.mark.search  # builds three times
def test_snapshots_of_other_days_stay(pipelines: Pipelines) -> None:
    """Each day adds its rows, and what leaves the organization leaves earlier days alone."""
    built = acme_in(pipelines, "days")
    first = built.rows("mart_skill_coverage_daily")
    left = [{**row, "removed_at": row["created_at"]} for row in acme.ROWS["employees"][:20]]
    raw.write(built.pipeline, {**acme.ROWS, "employees": [*left, *acme.ROWS["employees"][20:]]})
    tomorrow = acme.AS_OF + timedelta(days=1)
    build_marts(built.pipeline, as_of=tomorrow, today=tomorrow, seeds=acme.SEEDS)
    where = f"snapshot_date = '{acme.AS_OF}'"
    assert built.rows("mart_skill_coverage_daily", where=where) == first
    assert built.rows("mart_skill_coverage_daily", "snapshot_date", f"NOT {where}")


@pytest.mark.search  # in the normal run, that aliases decided since the last build count
def test_a_seed_somebody_wrote_into_is_what_the_company_filled_in(pipelines: Pipelines) -> None:
    """What is in its table already is left alone, and only that."""
    built = acme_in(pipelines, "written")
    table = "written_marts.skill_alias"
    first = built.rows("skill_alias")
    for change in (
        f"INSERT INTO {table} SELECT * FROM {table}",
        f"UPDATE {table} SET note = 'another'",
        f"DELETE FROM {table}",
    ):
        with built.pipeline.sql_client() as client:
            client.execute_sql(change)
        assert built.rows("skill_alias") != first
        build_marts(built.pipeline, **TODAY)
        assert built.rows("skill_alias") == first


@pytest.mark.search  # plays several days
def test_marts_of_another_day_take_no_snapshot(pipelines: Pipelines) -> None:
    """What the tables hold today says nothing certain about last week."""
    built = acme_in(pipelines, "past")
    first = built.rows("mart_skill_coverage_daily")
    last_week = acme.AS_OF - timedelta(days=7)
    result = build_marts(built.pipeline, as_of=last_week, today=acme.AS_OF, seeds=acme.SEEDS)
    assert not result.snapshot
    assert built.rows("mart_skill_coverage_daily") == first
    assert built.rows("mart_skill_gap", "DISTINCT as_of") == [(last_week,)]
    # e04's badge ended on the 23rd: a week ago it was active
    where = "employee_id = 'e04' AND organization_id = 'acme'"
    assert built.rows("fct_employee_skill", "has_skill", where) == [(1,)]


def test_a_build_that_fails_leaves_the_marts_as_they_were(pipelines: Pipelines) -> None:
    """All of a build happens or nothing of it."""
    built = acme_in(pipelines, "whole")
    before = everything_in(built)
    raw.write(built.pipeline, {})
    # marts about employees are built before the first that needs the column
    table = f"{built.pipeline.dataset_name}.external_badge_skills"
    built.sql(f"ALTER TABLE {table} DROP COLUMN skill_key")
    with pytest.raises(DestinationError) as raised:
        build_marts(built.pipeline, **TODAY)
    assert isinstance(raised.value.__cause__, DatabaseException)
    assert everything_in(built) == before


@pytest.mark.search  # in the normal run, that a failed build changes nothing
def test_views_people_built_on_a_mart_survive(pipelines: Pipelines) -> None:
    """A view of somebody's own on a mart is no obstacle, and answers with the new rows."""
    built = acme_in(pipelines, "extended")
    own = f"{built.pipeline.dataset_name}.own_view"
    built.sql(f"CREATE VIEW {own} AS SELECT count(*) AS n FROM marts.dim_employee")
    raw.write_table(built.pipeline, "employees", acme.ROWS["employees"][:5])
    build_marts(built.pipeline, **TODAY)
    assert built.sql(f"SELECT n FROM {own}") == [(5,)]


def test_without_raw_tables_the_message_names_them(pipelines: Pipelines) -> None:
    """Before the first load there is nothing to build from, and that is what the error says."""
    with pytest.raises(ConfigError, match=r"these tables are missing: badge_reads, .*First load"):
        build_marts(pipelines("nothing"), **TODAY)


@pytest.mark.search  # in the normal run, a report of nobody
def test_empty_raw_tables_give_empty_marts(pipelines: Pipelines) -> None:
    """An organization without anybody has a calendar, and that is all."""
    pipeline = pipelines("empty")
    raw.write(pipeline, {})
    result = build_marts(pipeline, **TODAY)
    assert {name for name, rows in result.rows.items() if rows} == {"dim_date"}


def everything_in(built: Built) -> dict[str, Counter[tuple[Any, ...]]]:
    """Every row of every mart, in no order: to sort them costs more than to build them."""
    with built.pipeline.sql_client() as client:
        asked = replace(built, client=client)
        return {mart.name: Counter(asked.sql(f"SELECT * FROM marts.{mart.name}")) for mart in MARTS}


def acme_in(pipelines: Pipelines, name: str) -> Built:
    """The hand-made organization in a dataset of its own, its marts built."""
    pipeline = pipelines(name)
    raw.write(pipeline, acme.ROWS)
    return Built(pipeline, build_marts(pipeline, **TODAY))
