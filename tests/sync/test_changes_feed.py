"""`changes` says what happened: each row that differs once, by brute force; and nothing else.

What a killed load leaves in it is in `test_kill.py`, too.
"""

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import dlt
import pytest

from tests.tools.compare import rows_of
from tests.tools.feed import entries, happened, said
from tests.tools.histories import History
from tests.tools.killed import Child, Point
from tests.tools.loaded import Loaded
from workforce_source.exceptions import AuthenticationError
from workforce_source.sandbox import Options
from workforce_source.sandbox.churn import KINDS
from workforce_source.sandbox.log import Entry
from workforce_source.tables import DATA_TABLES

MANY = 10_001
"""One more than the entries one load package makes for a table."""


@pytest.fixture(scope="module")
def loaded() -> Iterator[Loaded]:
    """Twenty-four employees, loaded."""
    once = Loaded(employees=24, seed=5)
    yield once
    once.close()


@pytest.fixture
def history(loaded: Loaded) -> Iterator[History]:
    """A history of its own."""
    history = loaded.copy()
    yield history
    history.close()


def new_entries(history: History) -> list[dict[str, Any]]:
    """The entries of the run at the time the clock shows."""
    rows = entries(history.pipeline()).values()
    return [row for row in rows if row["changed_at"] == history.clock.now]


@pytest.mark.parametrize("deletions", ["hard", pytest.param("soft", marks=pytest.mark.search)])
def test_each_row_that_differs_between_two_runs_has_one_entry(
    history: History, deletions: str
) -> None:
    """Whatever happens: row, kind of change and names of the columns, and where it came from."""
    for batch in (100, 12):
        before = history.data()
        known = entries(history.pipeline())
        history.sandbox.churn(dict.fromkeys(KINDS, 2))
        history.run(
            badge_max_age="0", checkpoint_every=batch, deletions=deletions, allow_removals=True
        )
        after = history.data()
        new = new_entries(history)
        assert len(happened(before, after)) > 50
        assert said(new) == happened(before, after)
        assert known.items() <= entries(history.pipeline()).items(), "an older entry was replaced"
        stamps = {
            (name, key[1:]): row["changed_at"]
            for name in before
            for key, row in before[name].items()
        }
        for entry, (table, key, change, _) in zip(sorted_like_said(new), said(new), strict=True):
            if change != "added":
                assert entry["previous_changed_at"] == stamps[table, key]


def sorted_like_said(new: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The entries in the order of what they say."""
    return sorted(new, key=lambda entry: said([entry])[0])


@pytest.mark.search  # in the normal run, what each entry says
def test_entries_hold_names_and_never_values(history: History) -> None:
    """Nothing of what a column was or is stands in the feed."""
    employee = history.sandbox.population.in_order()[0]
    secret = "Nobody may read this"
    history.sandbox.population.edit(employee.id, position_title=secret)
    history.run()
    history.sandbox.population.edit(employee.id, position_title="Something else")
    history.run()
    found = entries(history.pipeline()).values()
    assert [entry["changed_columns"] for entry in found] == ['["position_title"]'] * 2
    assert not [entry for entry in found if secret in str(entry)]


@pytest.mark.search  # needs PostgreSQL
@pytest.mark.postgres
def test_an_empty_text_that_is_kept_as_null_is_no_change(postgres_url: str) -> None:
    """As on PostgreSQL: the entry has the column that was edited, and not that one."""
    history = History(
        8, 3, destination=lambda _: dlt.destinations.postgres(postgres_url), dataset="feed_empty"
    )
    try:
        employee = history.sandbox.population.in_order()[0]
        history.sandbox.population.edit(employee.id, team="")
        history.load()
        history.clock.advance(60)
        history.sandbox.population.edit(employee.id, position_title="Another")
        history.load()
        (entry,) = entries(history.pipeline()).values()
        assert entry["changed_columns"] == '["position_title"]'
    finally:
        history.close()


def test_a_first_load_makes_no_entries(history: History) -> None:
    """It is where the feed begins."""
    assert entries(history.pipeline()) == {}


@pytest.mark.search  # in the normal run, one that was killed
@pytest.mark.parametrize(
    "place",
    [
        pytest.param(0, id="in the first batch", marks=pytest.mark.search),
        pytest.param(-1, id="in the last batch"),
    ],
)
def test_a_first_load_that_was_stopped_and_continued_makes_no_entries(place: int) -> None:
    """What it had not read when it stopped is no news when it is read."""
    history = History(16, 3, checkpoint_every=4)
    sandbox = history.sandbox
    try:
        # the last of the list is asked for when the first batches are loaded: the look-ahead is one
        accepted = [one.id for one in sandbox.population.in_order() if one.accepted]
        refusals = [(401,)]

        def refuse(entry: Entry) -> None:
            wanted = ("employee_data", accepted[place])
            if refusals and (entry.endpoint, entry.employee_id) == wanted:
                sandbox.faults.set(error_share=1.0, statuses=refusals.pop())

        sandbox.on_request(refuse)
        with pytest.raises(AuthenticationError):
            history.load()
        read = rows_of(history.pipeline(), "employee_profiles")
        assert bool(read) is (place != 0)
        assert len(read) < len(sandbox.truth()["employee_profiles"])

        sandbox.faults.clear()
        history.clock.advance(60)
        assert history.load().statistics.never_read == 0
        assert len(rows_of(history.pipeline(), "employee_profiles")) > len(read)
        assert entries(history.pipeline()) == {}
    finally:
        history.close()


def test_stamps_images_and_unknown_attributes_are_no_news(history: History) -> None:
    """Rows are written for `refreshed_at` and `extra`, entries are not."""
    population = history.sandbox.population
    with population.changing():
        owner = next(e for e in population.in_order() if e.external_badges)
        owner.external_badges[0].refreshed_at = history.clock.now
        for employee in population.in_order():
            employee.photo_url = "https://images.example/other.png"
    history.sandbox.faults.unknown_attributes = True
    summary = history.run(badge_max_age="0")
    assert summary.statistics.tally["employees"]["changed"] == 24
    assert summary.statistics.tally["external_badges"]["changed"] > 0
    assert entries(history.pipeline()) == {}


def rehash(history: History) -> None:
    """Every hash is of an older version."""
    with history.pipeline().sql_client() as client:
        for table in DATA_TABLES:
            name = client.make_qualified_table_name(table.name)
            client.execute_sql(f"UPDATE {name} SET row_hash = '0:older'")


@pytest.mark.search  # in the normal run, stamps that are none
def test_a_new_way_of_hashing_is_no_news(history: History) -> None:
    """All rows are written again, none is in the feed."""
    rows = {name: len(held) for name, held in history.data().items()}
    rehash(history)
    tally = history.run(badge_max_age="0").statistics.tally
    assert {name: tally[name]["changed"] for name in rows} == rows
    assert entries(history.pipeline()) == {}


@pytest.mark.search  # in the normal run, histories check the chains
def test_a_key_that_leaves_and_returns_chains_its_entries(history: History) -> None:
    """Each entry names the time of the one before it."""
    population = history.sandbox.population
    employee = population.in_order()[3]
    first = {key[1]: row for key, row in history.data()["employees"].items()}[employee.id]
    times = [first["changed_at"]]
    for happening in (population.remove, population.add) * 2:
        happening(employee.id if happening == population.remove else employee)  # type: ignore[arg-type]
        history.run()
        times.append(history.clock.now)
    chain = sorted(
        (row["previous_changed_at"], row["changed_at"], row["change"])
        for row in entries(history.pipeline()).values()
        if row["table_name"] == "employees"
    )
    changes = ["removed", "added", "removed", "added"]
    assert chain == list(zip(times, times[1:], changes, strict=False))


def child_of(history: History) -> Child:
    """The next run of a history on DuckDB, in a process of its own."""
    return Child.of(history)


ROWS_OF_DATA = Point(1, r"/new_jobs/(?!changes|_dlt)\w+\.")
"""The first file of rows: after the feed's package was loaded, before the data's is."""


@pytest.mark.search  # in the normal run, such a kill in test_kill.py
@pytest.mark.parametrize(
    "lost",
    [
        pytest.param(False, id="directory kept"),
        pytest.param(True, id="directory lost", marks=pytest.mark.search),
    ],
)
def test_a_load_killed_between_feed_and_data_leaves_no_entry_twice(
    history: History, lost: bool
) -> None:
    """The next run replaces the entries whose rows were not loaded."""
    before = history.data()
    history.sandbox.churn({"profile_edits": 4, "joiners": 2, "deletions": 2, "new_external": 2})
    history.clock.advance(60)
    code, printed = child_of(history).run(ROWS_OF_DATA)
    assert code == -9, printed
    left_behind = new_entries(history)
    assert left_behind
    assert history.data() == before
    if lost:
        history.lose_pipelines_dir()
    history.run()
    assert said(new_entries(history)) == happened(before, history.data())
    assert len(entries(history.pipeline())) == len(new_entries(history)), "one was left behind"


def delete(history: History, table: str, column: str, value: str) -> None:
    """Somebody deletes a row by hand."""
    with history.pipeline().sql_client() as client:
        name = client.make_qualified_table_name(table)
        client.execute_sql(f"DELETE FROM {name} WHERE {column} = '{value}'")


@pytest.mark.search  # plays several runs
def test_rows_that_are_deleted_by_hand_again_and_again_leave_all_their_entries(
    history: History,
) -> None:
    """Each time a row comes back is an entry more, and none of before is gone or another."""
    employee = history.sandbox.population.in_order()[3].id
    for times in (1, 2):
        before = entries(history.pipeline())
        delete(history, "employees", "id", employee)
        history.clock.advance(60)
        history.load(max_badge_reads=0)
        after = entries(history.pipeline())
        assert before.items() <= after.items(), "an older entry was replaced"
        assert len(after) == times
    first, second = sorted(after.values(), key=lambda entry: entry["changed_at"])
    assert second["previous_changed_at"] == first["changed_at"]
    assert first["change"] == second["change"] == "added"


@pytest.mark.search  # in the normal run, rows that are deleted by hand
def test_a_clock_that_goes_back_replaces_no_entry(history: History) -> None:
    """Whatever leaves, returns or changes meanwhile, each time is an entry of its own."""
    population, began = history.sandbox.population, history.clock.now
    employee = population.in_order()[3]
    happenings: list[Callable[[], object]] = [
        lambda: population.edit(employee.id, position_title="Another"),
        lambda: population.remove(employee.id),
        lambda: population.add(employee),
    ]
    for number, happen in enumerate(happenings, 1):
        history.clock.now = began - timedelta(hours=number)
        before = entries(history.pipeline())
        happen()
        history.load(max_badge_reads=0)
        after = entries(history.pipeline())
        assert before.items() <= after.items(), "an older entry was replaced"
        own = [row for row in after.values() if row["table_name"] == "employees"]
        assert len(own) == number


@pytest.mark.search
def test_a_row_of_a_backup_that_is_put_back_leaves_the_entries_of_what_it_became(
    history: History,
) -> None:
    """One table as it was before: the way from there is told once more, beside the first time."""
    population = history.sandbox.population
    employee = population.in_order()[3].id
    with history.pipeline().sql_client() as client:
        table, copy = map(client.make_qualified_table_name, ("employees", "employees_before"))
        client.execute_sql(f"CREATE TABLE {copy} AS SELECT * FROM {table}")
    population.edit(employee, position_title="Another")
    history.run()
    before = entries(history.pipeline())
    with history.pipeline().sql_client() as client:
        client.execute_sql(f"DELETE FROM {table}")
        client.execute_sql(f"INSERT INTO {table} SELECT * FROM {copy}")
    history.run()
    after = entries(history.pipeline())
    assert before.items() <= after.items()
    assert [row["change"] for row in after.values()] == ["changed"] * 2


@pytest.mark.search
def test_a_load_that_fails_after_the_feed_leaves_no_entry_twice_however_often(
    history: History,
) -> None:
    """Entries whose rows were not loaded are replaced by the run that loads them."""
    before = history.data()
    history.sandbox.churn({"profile_edits": 2, "joiners": 2, "deletions": 1})
    for _ in range(2):
        history.clock.advance(60)
        code, printed = child_of(history).run(ROWS_OF_DATA)
        assert code == -9, printed
        history.lose_pipelines_dir()
    history.run()
    assert len(entries(history.pipeline())) == len(new_entries(history)), "one was left behind"
    assert said(new_entries(history)) == happened(before, history.data())


@pytest.fixture(scope="module")
def many() -> Iterator[Loaded]:
    """More employees than there may be entries, on three pages; their badges are not read."""
    once = Loaded(employees=MANY, seed=2, options=Options(page_size=5_000), max_badge_reads=0)
    yield once
    once.close()


def edit_everybody(history: History, team: str) -> None:
    """Everybody is in another team."""
    with history.sandbox.population.changing():
        for employee in history.sandbox.population.in_order():
            employee.team = team


@pytest.mark.search
def test_above_the_cap_one_entry_stands_for_all_and_a_retry_replaces_it(many: Loaded) -> None:
    """Killed between feed and data or not, one entry a run, each after the one before."""
    history = many.copy()
    try:
        edit_everybody(history, "One")
        history.clock.advance(60)
        code, printed = child_of(history).run(ROWS_OF_DATA)
        assert code == -9, printed
        assert len(new_entries(history)) == 1
        history.clock.advance(60)
        history.load()
        first = history.clock.now
        edit_everybody(history, "Two")
        history.clock.advance(60)
        history.load()
        found = sorted(entries(history.pipeline()).values(), key=lambda row: row["changed_at"])
        assert [(row["table_name"], row["row_key"]) for row in found] == [("employees", "*")] * 2
        assert [row["changed_at"] for row in found] == [first, history.clock.now]
        assert found[1]["previous_changed_at"] == first
    finally:
        history.close()


@pytest.mark.search
def test_many_rewritten_rows_are_no_news_either(many: Loaded) -> None:
    """More rows than the cap, rewritten for a new hash and unknown attributes: no entry."""
    history = many.copy()
    try:
        rehash(history)
        history.sandbox.faults.unknown_attributes = True
        history.clock.advance(60)
        assert history.load().statistics.tally["employees"]["changed"] == MANY
        assert entries(history.pipeline()) == {}
    finally:
        history.close()
