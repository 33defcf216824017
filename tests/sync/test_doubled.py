"""Keys that stand twice, whoever wrote them: the next run makes them one again."""

from collections.abc import Iterator

import pytest

from tests.tools.histories import ALL_DATA, History
from workforce_source.tables import TABLE_BY_NAME

NORMAL = ("employee_badges",)
"""One that is listed and one that is read; in the normal run, they stand for the others."""


@pytest.fixture
def history() -> Iterator[History]:
    """Twenty people, just loaded."""
    history = History(20, 3)
    history.run()
    yield history
    history.close()


def double(history: History, name: str) -> int:
    """Let every row of a table stand twice; get how many there were."""
    with history.pipeline().sql_client() as client:
        table = client.make_qualified_table_name(name)
        ((rows,),) = client.execute_sql(f"SELECT COUNT(*) FROM {table}") or []
        client.execute_sql(f"INSERT INTO {table} SELECT * FROM {table}")
    return int(rows)


def rows_and_keys(history: History, name: str) -> tuple[int, int]:
    """How many rows a table has, and how many keys."""
    keys = ", ".join(TABLE_BY_NAME[name].primary_key)
    with history.pipeline().sql_client() as client:
        table = client.make_qualified_table_name(name)
        counts = f"SELECT COUNT(*), COUNT(DISTINCT ({keys})) FROM {table}"
        ((rows, different),) = client.execute_sql(counts) or []
    return rows, different


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(name, marks=[] if name in NORMAL else pytest.mark.search)
        for name in (*ALL_DATA, "badge_reads")
    ],
)
def test_keys_that_stand_twice_are_one_after_the_next_run(history: History, name: str) -> None:
    """They are told, no other row is touched, and no entry says that anything changed."""
    entries = rows_and_keys(history, "changes")
    were = double(history, name)
    assert were
    summary = history.run()
    assert rows_and_keys(history, name) == (were, were)
    assert rows_and_keys(history, "changes") == entries
    assert summary.exit_code == 0
    (note,) = summary.statistics.notes
    assert f"{were} of {name}" in note
    history.run_again_at_once()
