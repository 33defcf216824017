"""Lists that count more than they show: told, and by the exit code where another run helps."""

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.tools.histories import History
from workforce_source.job.text import load_text
from workforce_source.sandbox import Answer, Entry, Options


@pytest.fixture
def history() -> Iterator[History]:
    """Thirty employees on six pages."""
    history = History(30, 7, options=Options(page_size=5))
    yield history
    history.close()


@pytest.fixture
def shifting() -> Iterator[History]:
    """120 who were created at one moment, and come in another order on each page.

    That many, so that no two walks show them all by chance.
    """
    history = History(120, 7, options=Options(page_size=5, ties="unstable"))
    population = history.sandbox.population
    for employee in list(population.in_order()):
        population.edit(employee.id, created_at=datetime(2026, 1, 1, tzinfo=UTC))
    yield history
    history.close()


def change_metadata(history: History, change: Callable[[dict[str, Any]], None]) -> None:
    """Let the pages of employees say something else of themselves."""

    def answer(entry: Entry, answer: Answer) -> Answer:
        if entry.endpoint != "employees":
            return answer
        body = json.loads(answer.body)
        change(body["metadata"])
        return Answer(200, json.dumps(body).encode(), answer.headers)

    history.sandbox.on_answer(answer)


def test_a_list_that_shifts_while_it_is_walked_is_told(shifting: History) -> None:
    """Two walks miss people, which is exit 3; nobody is removed for it, and a later run adds."""
    summary = shifting.load(max_badge_reads=0)
    shown = shifting.data()["employees"].keys()
    assert len(shown) < 120
    assert summary.statistics.missed == {"employees": 120 - len(shown)}
    assert summary.exit_code == 3
    text = load_text(summary, None, "here", debug=False)
    assert "The list employees changed while it was walked, twice" in text
    assert "(exit 3)" in text
    shifting.clock.advance(60)
    shifting.load(max_badge_reads=0)
    assert shown < shifting.data()["employees"].keys()


def more_counted(metadata: dict[str, Any]) -> None:
    """Ten more than there are."""
    metadata["total_count"] += 10


def capped(metadata: dict[str, Any]) -> None:
    """One page of six, though all are counted."""
    metadata.update(total_pages=1, next_page_url=None)


def capped_in_silence(metadata: dict[str, Any]) -> None:
    """One page of six, and only its records are counted; but it names a next one."""
    metadata.update(total_pages=1, total_count=5)


@pytest.mark.parametrize(
    ("change", "shown", "note"),
    [
        pytest.param(
            *(more_counted, 30, "counts 10 more than it shows, in two walks the same 30"),
            marks=pytest.mark.search,
        ),
        (capped, 5, "counts 25 more than it shows, in two walks the same 5"),
        pytest.param(capped_in_silence, 5, "names a next one", marks=pytest.mark.search),
    ],
)
def test_a_list_that_never_shows_what_it_counts_is_noted(
    history: History, change: Callable[[dict[str, Any]], None], shown: int, note: str
) -> None:
    """Two walks show the same: another run would not help, so the exit code is 0."""
    change_metadata(history, change)
    summary = history.load(max_badge_reads=0)
    assert len(history.data()["employees"]) == shown
    assert summary.exit_code == 0
    assert [note in one for one in summary.statistics.notes] == [True]
