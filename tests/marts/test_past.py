"""Marts of a day that is over, made of what was observed by its end."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import dlt
import pytest

from tests.tools.histories import History
from workforce_source import load
from workforce_source.clock import Clock
from workforce_source.exceptions import ConfigError
from workforce_source.marts import MARTS, build_marts, run_checks
from workforce_source.report import write_report
from workforce_source.sandbox import Sandbox

DAY = 86_400
CHURN = {"profile_edits": 4, "joiners": 2, "deletions": 2, "new_badges": 6, "vanished_badges": 3}
CHURN |= {"new_external": 3, "vanished_external": 2, "template_edits": 3, "leavers": 2}
CHURN |= {"acceptances": 2, "revoked_badges": 2}
Rows = dict[str, Counter[tuple[Any, ...]]]


def marts_in(pipeline: dlt.Pipeline) -> Rows:
    """Every row of every mart but of snapshots, without the time of the last read."""
    found: Rows = {}
    with pipeline.sql_client() as client:
        for mart in MARTS:
            if not mart.snapshot:
                names = [f'"{name}"' for name in mart.column_names if name != "badges_read_at"]
                path = client.make_qualified_table_name_path(
                    mart.name, dataset_name=f"{pipeline.dataset_name}_marts"
                )
                rows = client.execute_sql(f"SELECT {', '.join(names)} FROM {'.'.join(path)}")
                found[mart.name] = Counter(tuple(row) for row in rows or ())
    return found


@pytest.fixture(
    params=["duckdb", pytest.param("postgres", marks=[pytest.mark.postgres, pytest.mark.search])]
)
def history(request: pytest.FixtureRequest) -> Iterator[History]:
    """Thirty employees, whose versions are kept."""
    others: dict[str, Any] = {}
    if request.param == "postgres":
        url = request.getfixturevalue("postgres_url")
        # one each: what another test observed is history, too
        dataset = f"past_{request.node.originalname[-30:]}"
        others = {"destination": lambda _: dlt.destinations.postgres(url), "dataset": dataset}
    one = History(30, 5, **others)
    one.settings["history"] = True
    yield one
    one.close()


def today(history: History) -> date:
    """The day it is."""
    return history.clock.now.date()


@pytest.mark.search  # in the normal run, the tables of a day
def test_marts_of_a_day_are_those_that_were_built_on_it(history: History, tmp_path: Path) -> None:
    """Row by row, templates and skills included, whoever came, changed or left since."""
    pipeline = history.pipeline()
    built: dict[date, Rows] = {}
    for _ in range(2):
        history.sandbox.churn(CHURN, seed=history.clock.now.toordinal())
        history.load(badge_max_age="0")
        build_marts(pipeline, as_of=today(history), today=today(history))
        built[today(history)] = marts_in(pipeline)
        history.clock.advance(DAY)
    first, last = built
    assert built[first]["fct_badge"] != built[last]["fct_badge"]
    result = build_marts(pipeline, as_of=first, today=last)
    assert not result.snapshot
    assert [at.date() for at in result.observed.values()] == [first]
    assert marts_in(pipeline) == built[first]
    checks = run_checks(pipeline, as_of=first, today=last)
    assert [check.name for check in checks if check.failed] == []
    report = write_report(pipeline, tmp_path / "first.html", observed=result.observed)
    assert "<strong>Observed.</strong>" in report.read_text(encoding="utf-8")
    with pytest.raises(ConfigError, match=f"history begins on {first}"):
        build_marts(pipeline, as_of=first - timedelta(days=1), today=last)


@pytest.mark.search  # in the normal run, a day before the first
def test_a_day_nobody_observed_is_refused_with_those_there_are(history: History) -> None:
    """Before the first run, and long after the last: nothing is made up."""
    history.load()
    pipeline, first = history.pipeline(), today(history)
    later = first + timedelta(days=30)
    build_marts(pipeline, as_of=first, today=first)
    before = marts_in(pipeline)
    for day in (first - timedelta(days=1), first + timedelta(days=9)):
        with pytest.raises(ConfigError, match=f"history begins on {first}"):
            build_marts(pipeline, as_of=day, today=later)
    assert marts_in(pipeline) == before
    built = build_marts(pipeline, as_of=later, today=later)  # today's again
    assert (built.observed, built.snapshot) == ({}, True)
    weekend = first + timedelta(days=2)
    result = build_marts(pipeline, as_of=weekend, today=later)
    assert [at.date() for at in result.observed.values()] == [first]


@pytest.mark.search  # loads two organizations
def test_an_organization_nobody_observed_then_is_left_out(history: History) -> None:
    """What is made says of which organizations it is."""
    history.load()
    pipeline, first = history.pipeline(), today(history)
    history.clock.advance(DAY)
    with Sandbox(8, 9, clock=history.clock) as other:
        given: Any = other.settings
        load(pipeline, clock=Clock(history.clock), history=True, **given)
    result = build_marts(pipeline, as_of=first, today=first + timedelta(days=1))
    assert list(result.observed) == [history.settings["organization_id"]]
    assert result.left_out == (given["organization_id"],)
    assert {row[0] for row in marts_in(pipeline)["dim_employee"]} == set(result.observed)


@pytest.mark.search  # in the normal run, tables that keep no history
def test_without_history_only_the_date_is_of_another_day(tmp_path: Path) -> None:
    """As before: who works there now, and what ends by then."""
    history = History(20, 5)
    try:
        history.load()
        pipeline, now = history.pipeline(), today(history)
        build_marts(pipeline, as_of=now, today=now)
        people = sum(marts_in(pipeline)["dim_employee"].values())
        result = build_marts(pipeline, as_of=now - timedelta(days=30), today=now)
        assert (result.observed, result.snapshot) == ({}, False)
        assert sum(marts_in(pipeline)["dim_employee"].values()) == people
        for given in (result.observed, None):  # a file that is read alone is told by its reads
            report = write_report(pipeline, tmp_path / "r.html", observed=given)
            assert "<strong>Rebuilt, not observed.</strong>" in report.read_text(encoding="utf-8")
    finally:
        history.close()
