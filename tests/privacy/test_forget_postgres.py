"""`forget` on PostgreSQL, killed at each of its statements: the next one ends it.

`-m search` kills it at some of them, `-m long` at each, in a copy of one loaded database.
"""

import shutil
from collections.abc import Iterator
from contextlib import suppress
from functools import partial
from typing import Any

import dlt
import psycopg2
import pytest

from tests.tools.forgotten import Person, dump, forget_killed, somebody
from tests.tools.hidden import KEY, found_below
from tests.tools.histories import History
from tests.tools.postgres import statement, within
from workforce_source import forget
from workforce_source.clock import Clock
from workforce_source.marts import build_marts

pytestmark = pytest.mark.postgres
AT_ONCE = 20
"""Kills of one test."""
MOST = 520
"""More statements than there are."""
Mirror = tuple[History, Person, str]


@pytest.fixture(scope="module")
def mirror(postgres_url: str) -> Iterator[Mirror]:
    """Eight employees and their marts in a database of their own, and somebody among them."""
    statement(postgres_url, "CREATE DATABASE forget_first")
    url = within(postgres_url, "forget_first")
    history = History(
        8, 5, destination=lambda _: dlt.destinations.postgres(url), dataset="forgetting"
    )
    history.settings |= {"pseudonym_key": KEY, "history": True}
    person = somebody(history)
    history.load()
    build_marts(history.pipeline(), today=history.clock.now.date())
    assert all(trace in dump(url) for trace in person.traces)
    yield history, person, postgres_url
    history.close()


def ends_after_a_kill(mirror: Mirror, number: int) -> bool:
    """Kill one in a copy, and have the next end it; get whether it came as far as that."""
    history, person, server = mirror
    name = f"forget_{number}"
    statement(server, f"CREATE DATABASE {name} TEMPLATE forget_first")
    url = within(server, name)
    copy = History(0, destination=lambda _: dlt.destinations.postgres(url), dataset="forgetting")
    copy.sandbox.stop()
    copy.sandbox, copy.clock, copy.settings = history.sandbox, history.clock, history.settings
    try:
        shutil.copytree(history.pipelines_dir, copy.pipelines_dir)
        make: Any = partial(dlt.destinations.postgres, url)
        code, said = forget_killed(copy, person.email, number, make)
        assert code == -9 or said.strip().isdecimal(), said
        settings = copy.settings | {"wait_for_lease": 30.0}
        for key in (person.email, person.id):
            forget(copy.pipeline(), key, clock=Clock(copy.clock), **settings)
        text = dump(url)
        assert [trace for trace in person.traces if trace in text] == [], number
        assert found_below(copy.folder, person.traces) == {}, number
        return code == -9
    finally:
        shutil.rmtree(copy.folder, ignore_errors=True)
        with suppress(psycopg2.Error):
            statement(server, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.mark.search  # in the normal run, kills on DuckDB, and a dump of a PostgreSQL
@pytest.mark.parametrize("number", [25, 60, 110])
def test_a_kill_at_some_statement_is_made_up_for(mirror: Mirror, number: int) -> None:
    """A dump has nothing of the person once the next one has ended."""
    assert ends_after_a_kill(mirror, number)


@pytest.mark.long
@pytest.mark.parametrize("first", range(1, MOST, AT_ONCE))
def test_a_kill_at_each_statement_is_made_up_for(mirror: Mirror, first: int) -> None:
    """Wherever it is; the last of them come after its end."""
    for number in range(first, first + AT_ONCE):
        if not ends_after_a_kill(mirror, number):
            return
    assert first + AT_ONCE < MOST, "so that each is among them"
