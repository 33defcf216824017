"""Builds that meet: each other, and loads that go on meanwhile."""

from __future__ import annotations

import os
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Any

import dlt
import psycopg2
import pytest
from dlt.destinations.impl.postgres.configuration import PostgresCredentials

from tests.marts import acme, raw
from tests.tools.forked import Forked
from workforce_source.clock import SYSTEM_CLOCK
from workforce_source.destination import connection_to
from workforce_source.exceptions import Locked
from workforce_source.loading.lease import BUILDING, hold_lease
from workforce_source.marts import build_marts

pytestmark = pytest.mark.postgres
TODAY: dict[str, Any] = {"as_of": acme.AS_OF, "today": acme.AS_OF, "seeds": acme.SEEDS}


def build(url: str, dataset: str, folder: str) -> None:
    """Build once, as any process would."""
    build_marts(pipeline(url, dataset, folder), **TODAY)


def pipeline(url: str, dataset: str, folder: Any) -> dlt.Pipeline:
    """A pipeline of a process of its own."""
    return dlt.pipeline(
        "together",
        destination=dlt.destinations.postgres(PostgresCredentials(url)),
        dataset_name=dataset,
        pipelines_dir=str(folder),
    )


def rows(url: str, dataset: str) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of some marts, first and last of a build."""
    found = {}
    with closing(psycopg2.connect(url)) as connection, connection.cursor() as cursor:
        for mart in (
            "dim_employee",
            "fct_badge",
            "mart_skill_coverage",
            "mart_skill_coverage_daily",
        ):
            cursor.execute(f"SELECT * FROM {dataset}_marts.{mart}")
            found[mart] = sorted(cursor.fetchall(), key=repr)
    return found


@pytest.mark.search  # in the normal run, that one build waits for another
def test_builds_at_once_take_turns(postgres_url: str, tmp_path: Path) -> None:
    """Three processes build the first marts of a dataset in the same second."""
    raw.write(pipeline(postgres_url, "at_once", tmp_path / "0"), acme.ROWS)
    builds = [
        Forked(
            build,
            postgres_url,
            "at_once",
            str(tmp_path / str(number)),
            folder=tmp_path,
            environment=dict(os.environ),
        )
        for number in (1, 2, 3)
    ]
    ends = [(one.communicate(120), one.returncode) for one in builds]
    assert [code for _, code in ends] == [0, 0, 0], ends
    at_once = rows(postgres_url, "at_once")
    build(postgres_url, "at_once", str(tmp_path / "alone"))
    assert rows(postgres_url, "at_once") == at_once


def test_a_build_that_finds_another_ends_with_its_process(
    postgres_url: str, tmp_path: Path
) -> None:
    """And touches nothing."""
    ours = pipeline(postgres_url, "taken", tmp_path)
    raw.write(ours, acme.ROWS)
    with (
        hold_lease(connection_to(ours), BUILDING, wait=0, clock=SYSTEM_CLOCK),
        pytest.raises(Locked, match=f"The marts .* by process {os.getpid()}"),
    ):
        build_marts(ours, **TODAY, wait_for_lease=0)
    with closing(psycopg2.connect(postgres_url)) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_namespace WHERE nspname = 'taken_marts'")
        assert cursor.fetchall() == []


@pytest.mark.search  # waits for PostgreSQL to say that a statement waits
def test_marts_are_of_one_moment_whatever_is_loaded_meanwhile(
    postgres_url: str, tmp_path: Path
) -> None:
    """Badges go while a build waits in its midst: no mart knows, until the next build."""
    ours = pipeline(postgres_url, "moment", tmp_path)
    raw.write(ours, acme.ROWS)
    build_marts(ours, **TODAY)
    before = rows(postgres_url, "moment")
    with (
        closing(psycopg2.connect(postgres_url)) as holding,
        closing(psycopg2.connect(postgres_url)) as loading,
        ThreadPoolExecutor(1) as threads,
    ):
        loading.autocommit = True
        with holding.cursor() as cursor, loading.cursor() as other:
            cursor.execute("LOCK TABLE moment_marts.fct_badge IN ACCESS EXCLUSIVE MODE")
            building = threads.submit(build, postgres_url, "moment", str(tmp_path / "other"))
            waiting = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
            until = time.monotonic() + 60
            while other.execute(waiting) or other.fetchall() == [(0,)]:
                assert time.monotonic() < until
                assert not building.done()
                time.sleep(0.02)
            other.execute("DELETE FROM moment.employee_badges")
            holding.rollback()
        building.result(60)
    assert rows(postgres_url, "moment") == before
    build_marts(ours, **TODAY)
    assert len(rows(postgres_url, "moment")["fct_badge"]) < len(before["fct_badge"])
