"""A column that is left out from now on is gone from what is there after the next run."""

from collections.abc import Iterator
from pathlib import Path

import dlt
import pytest

from tests.tools.compare import rows_of
from tests.tools.feed import entries
from tests.tools.histories import History

HIDDEN = (
    "employees.photo_url",
    "employees.zip_code",
    "employee_profiles.bio",
    "employee_badges.issued_to",
    "employee_badges.issuer_image_url",
    "badge_templates.image_url",
    "external_badges.extra",
    "external_badge_skills.skill_key",
)


@pytest.fixture
def history() -> Iterator[History]:
    """Thirty employees, two of whom left softly."""
    history = History(30, 7, deletions="soft")
    history.sandbox.faults.unknown_attributes = True
    history.load()
    for employee in list(history.sandbox.population.in_order())[:2]:
        history.sandbox.population.remove(employee.id)
    history.clock.advance(60)
    history.load()
    yield history
    history.close()


def values(history: History) -> dict[str, set[object]]:
    """What the hidden columns hold, in live and removed rows."""
    found = {}
    for name in HIDDEN:
        table, _, column = name.partition(".")
        rows = rows_of(history.pipeline(), table, live=False).values()
        found[name] = {row[column] for row in rows} - {None}
    return found


@pytest.mark.search  # in the normal run, values hidden by pseudonyms
def test_values_of_excluded_columns_are_gone_after_the_next_run(history: History) -> None:
    """Of rows nobody reads and of removed ones, too; nothing enters the feed, then all is quiet."""
    assert all(values(history).values())
    fed = entries(history.pipeline())
    history.clock.advance(60)
    excluded = list(HIDDEN)
    assert history.load(max_badge_reads=0, exclude_columns=excluded).exit_code == 0
    assert values(history) == {name: set() for name in HIDDEN}
    history.load(badge_max_age="0", exclude_columns=excluded)
    assert entries(history.pipeline()) == fed
    again = history.load(exclude_columns=excluded)
    assert (again.packages, again.statistics.rows_written) == (0, 0)


@pytest.mark.search  # in the normal run, a later one
def test_a_first_run_may_exclude_columns(tmp_path: Path) -> None:
    """Where there is no table yet there is nothing to take out of it."""
    history = History(
        5, 7, destination=lambda _: dlt.destinations.duckdb(str(tmp_path / "w.duckdb"))
    )
    try:
        assert history.load(exclude_columns=list(HIDDEN)).exit_code == 0
        assert values(history) == {name: set() for name in HIDDEN}
    finally:
        history.close()
