"""What follows by itself for a new list: run on a copy of the package that has `teams`.

`test_add_an_endpoint.py` makes the copy and runs this; by itself there is no such list.
"""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.tools.compare import differences, rows_of
from tests.tools.feed import entries, happened, said
from tests.tools.histories import History
from tests.tools.loaded import Loaded
from workforce_source import Summary
from workforce_source.sandbox import Options

PAGE, BATCH = 15, 40
PEOPLE: dict[str, Any] = {
    "employees": 130,
    "seed": 7,
    "options": Options(page_size=PAGE),
    "checkpoint_every": 1_000,
}
"""So many that there are two pages of teams."""


@pytest.fixture
def empty() -> Iterator[History]:
    """Nothing was loaded yet."""
    history = History(**PEOPLE)
    yield history
    history.close()


@pytest.fixture(scope="module")
def loaded() -> Iterator[Loaded]:
    """Everybody and every team, loaded."""
    once = Loaded(**PEOPLE)
    yield once
    once.close()


@pytest.fixture
def history(loaded: Loaded) -> Iterator[History]:
    """A history of its own."""
    history = loaded.copy()
    yield history
    history.close()


def teams(history: History, *, live: bool = True) -> dict[str, dict[str, Any]]:
    """The teams that are loaded, by id."""
    rows = rows_of(history.pipeline(), "teams", live=live).values()
    return {row["id"]: row for row in rows}


def exactly(history: History, **settings: Any) -> Summary:
    """Load; the contract holds, and every table equals the truth."""
    summary = history.run(badge_max_age="0", **settings)
    assert summary.exit_code == 0, summary.as_dict()
    assert differences(history.pipeline(), history.sandbox.truth()) == []
    return summary


def all_are_others(history: History) -> None:
    """No team is there any more, but as many others."""
    with history.sandbox.population.changing():
        there = history.sandbox.population.plain["teams"]
        there[:] = [{**team, "id": f"another {team['id']}"} for team in there]


def test_it_is_loaded_and_loaded_again_exactly(empty: History) -> None:
    """Counted, checkpointed, compared, confirmed by a second walk; each change is in the feed."""
    history = empty
    summary = exactly(history, checkpoint_every=BATCH)
    before, count = history.data(), len(teams(history))
    pages = -(-count // PAGE)
    assert summary.packages > summary.statistics.accepted / BATCH + 2, "the lists were cut"
    assert summary.statistics.listed["teams"] == summary.as_dict()["teams_listed"] == count > 20
    assert summary.requests["teams"] == pages
    assert summary.statistics.tally["teams"] == {"added": count}
    newest = max(row["updated_at"] for row in teams(history).values())
    assert summary.cursors["teams"] == (None, newest)
    assert entries(history.pipeline()) == {}

    history.sandbox.churn({"teams": 3, "profile_edits": 2, "joiners": 2, "deletions": 2})
    summary = exactly(history)
    missing = summary.statistics.candidates["teams"]
    assert summary.statistics.tally["teams"]["removed"] == missing > 0
    walks = 2 if missing else 1
    assert summary.requests["teams"] == walks * -(-len(teams(history)) // PAGE)
    assert said(entries(history.pipeline()).values()) == happened(before, history.data())

    summary = history.load()
    assert (summary.packages, summary.statistics.rows_written) == (0, 0)
    assert summary.requests["teams"] == -(-len(teams(history)) // PAGE)


def test_a_list_that_suddenly_shows_others_removes_none(history: History) -> None:
    """The guard holds removals back, and `allow_removals` lets them pass once."""
    before = set(teams(history))
    all_are_others(history)
    summary = history.run(badge_max_age="0")
    assert summary.exit_code == 5
    assert summary.statistics.held_back["teams"] == len(before)
    assert before < set(teams(history))
    exactly(history, allow_removals=True)
    assert not before & set(teams(history))


def test_removed_rows_may_stay_and_go_later(history: History) -> None:
    """`deletions = "soft"` marks them, and `hard` takes them away."""
    before = set(teams(history))
    all_are_others(history)
    exactly(history, deletions="soft", allow_removals=True)
    removed = {row["removed_at"] for row in teams(history, live=False).values()}
    assert removed == {None, history.clock.now}
    exactly(history, deletions="hard")
    assert not before & set(teams(history, live=False))


def test_a_window_and_left_out_columns_hold_for_it(empty: History) -> None:
    """Rows stamped outside of the window are not written; a column left out is null."""
    history = empty
    stamps = sorted(row["updated_at"] for row in history.sandbox.truth()["teams"])
    start, end = stamps[5], stamps[-5]
    window = {"start_date": start.isoformat(), "end_date": end.isoformat()}
    history.load(exclude_columns=["teams.name"], **window)
    rows = rows_of(history.pipeline(), "teams").values()
    assert sorted(row["updated_at"] for row in rows) == [at for at in stamps if start <= at < end]
    assert {row["name"] for row in rows} == {None}
