"""`history = true`: what the mirror held on any day can be read from the tables of versions.

`-m search` plays twenty random histories, and `-m long` two hundred, with loads that are killed.
"""

import signal
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import dlt
import pytest
from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from tests.sync.test_histories import Histories, run_histories
from tests.tools.compare import differences
from tests.tools.histories import History
from tests.tools.killed import Child, Point
from tests.tools.loaded import Loaded
from tests.tools.versions import (
    KEYS,
    Seen,
    as_of,
    differing,
    mirror_of,
    observed,
    versions_in,
)
from workforce_source import load
from workforce_source.clock import Clock
from workforce_source.sandbox import Sandbox
from workforce_source.tables.history import VERSIONS

DAY = 86_400
PEOPLE: dict[str, Any] = {"employees": 20, "seed": 3}
CHURN = {"profile_edits": 4, "joiners": 2, "deletions": 1, "new_badges": 4, "vanished_badges": 2}
CHURN |= {"new_external": 2, "vanished_external": 1, "template_edits": 2, "bio_edits": 2}
TABLES_OF = "SELECT table_name FROM information_schema.tables WHERE table_schema = 'workforce'"
COLUMNS_OF = "SELECT column_name FROM information_schema.columns WHERE table_schema = 'workforce'"


def sql(history: History, statement: str) -> list[tuple[Any, ...]]:
    """What a statement answers with."""
    with history.pipeline().sql_client() as client:
        return [tuple(row) for row in client.execute_sql(statement) or ()]


@pytest.fixture(scope="module")
def loaded() -> Iterator[Loaded]:
    """Twenty employees, loaded without history."""
    once = Loaded(**PEOPLE)
    yield once
    once.close()


@pytest.fixture
def history(loaded: Loaded) -> Iterator[History]:
    """A history that begins just after the first load, and keeps versions from now on."""
    one = loaded.copy()
    one.settings["history"] = True
    yield one
    one.close()


def days(history: History, number: int) -> Seen:
    """So many days of an organization that lives on, each with a run; what the runs left."""
    seen = Seen()
    for _ in range(number):
        history.clock.advance(DAY)
        # ids that were given once are not given again
        history.sandbox.churn(CHURN, seed=history.clock.now.toordinal())
        assert history.load(badge_max_age="0").exit_code == 0
        assert differences(history.pipeline(), history.sandbox.truth()) == []
        seen.take(history.pipeline(), history.clock.now)
    return seen


@pytest.mark.search  # loads once more
def test_without_the_setting_there_is_nothing_of_it(loaded: Loaded) -> None:
    """No table and no column is made by a run that keeps no versions."""
    history = loaded.copy()
    try:
        history.clock.advance(DAY)
        history.sandbox.churn(CHURN, seed=1)
        history.load()
        names = {name for (name,) in (*sql(history, TABLES_OF), *sql(history, COLUMNS_OF))}
        ours = {"history_observations", *(one.name for one in VERSIONS.values())}
        ours |= {"valid_from", "valid_to", "observed_at"}
        assert "changed_at" in names
        assert names & ours == set()
    finally:
        history.close()


def test_switched_on_versions_begin_with_what_is_there(history: History) -> None:
    """Nobody is read for it, nothing is loaded, and no version is older than that run."""
    history.clock.advance(60)
    history.sandbox.requests.clear()
    assert history.load().packages == 0
    assert history.sandbox.counts().keys() <= {"employees", "external_badges"}
    versions = versions_in(history.pipeline())
    assert as_of(versions, history.clock.now) == mirror_of(history.pipeline(), versions)
    assert min(map(len, versions.values())) > 0
    begun = {v.start for of_rows in versions.values() for some in of_rows.values() for v in some}
    assert begun == {history.clock.now} == set(observed(history.pipeline()).values())


def test_each_day_can_be_read_afterwards(history: History) -> None:
    """Rows that came, changed, went and came back, as the mirror had them when the day ended."""
    history.load()
    seen = days(history, 1)
    gone = history.sandbox.population.in_order()[0]
    history.sandbox.population.remove(gone.id)
    history.clock.advance(DAY)
    history.load()
    history.sandbox.population.add(gone)
    seen.take(history.pipeline(), history.clock.now)
    seen.of_runs |= days(history, 1).of_runs
    seen.check(history.pipeline())
    (some,) = (
        v for key, v in versions_in(history.pipeline())["employees"].items() if gone.id in key
    )
    assert some[-1].end is None
    assert some[-2].end is not None
    assert some[-2].end < some[-1].start


@pytest.mark.search  # in the normal run, what makes versions
def test_what_changes_at_any_time_makes_no_version(history: History) -> None:
    """Addresses of pictures are in no version, and a row rewritten with the same values in one."""
    history.load()
    before = versions_in(history.pipeline())
    for employee in history.sandbox.population.in_order():
        employee.photo_url = f"https://images.example/{employee.id}?signature=another"
    sql(history, "UPDATE employees SET row_hash = 'of an earlier release'")
    history.clock.advance(60)
    summary = history.load()
    assert summary.statistics.tally["employees"]["changed"] == PEOPLE["employees"]
    assert versions_in(history.pipeline()) == before
    columns = {column.name for versions in VERSIONS.values() for column in versions.all_columns}
    volatile = {"photo_url", "image", "image_url", "issuer_image_url", "refreshed_at"}
    assert columns & volatile == set()


@pytest.mark.search  # in the normal run, random histories of the mirror alone
@pytest.mark.parametrize("deletions", ["hard", "soft"])
def test_a_mirror_that_is_made_anew_goes_on_with_its_versions(
    history: History, deletions: str
) -> None:
    """`refresh` and tables that somebody empties are no change of the organization."""
    history.settings["deletions"] = deletions
    history.load()
    before = versions_in(history.pipeline())
    history.clock.advance(60)
    if deletions == "hard":
        history.refresh = "drop_sources"
    else:
        history.empty("employees", drop=True)
        history.empty("employee_badges", drop=False)
    history.load()
    assert versions_in(history.pipeline()) == before


@pytest.mark.search  # in the normal run, a column that is left out of tables
def test_a_column_that_is_left_out_is_gone_from_versions_too(history: History) -> None:
    """With the next run, in ended versions as well, without a version of its own."""
    history.load()
    days(history, 1)
    before = {
        name: sum(map(len, of.values())) for name, of in versions_in(history.pipeline()).items()
    }
    names = sql(history, "SELECT full_name FROM employees_history")
    assert any(full_name for (full_name,) in names)
    history.clock.advance(60)
    history.settings["exclude_columns"] = ["employees.full_name", "employee_badges.issued_to"]
    history.load(badge_max_age="0")
    assert sql(history, "SELECT DISTINCT full_name FROM employees_history") == [(None,)]
    assert sql(history, "SELECT DISTINCT issued_to FROM employee_badges_history") == [(None,)]
    after = {
        name: sum(map(len, of.values())) for name, of in versions_in(history.pipeline()).items()
    }
    assert after == before


@pytest.mark.search  # plays several days
def test_versions_that_ended_long_ago_are_removed(history: History) -> None:
    """Once a day; what is there stays however old it is, and later days can still be read."""
    history.load()
    seen = days(history, 2)
    history.settings["history_retention"] = "2d"
    seen.of_runs |= days(history, 2).of_runs
    oldest = history.clock.now - timedelta(days=2)
    versions = versions_in(history.pipeline())
    ends = [v.end for of in versions.values() for some in of.values() for v in some]
    assert min(end for end in ends if end is not None) >= oldest
    assert min(observed(history.pipeline()).values()) >= oldest
    assert any(v.start < oldest for some in versions["employees"].values() for v in some)
    seen.of_runs = {at: held for at, held in seen.of_runs.items() if at >= oldest}
    seen.check(history.pipeline())


@pytest.mark.search  # plays several days
def test_days_without_history_are_no_observed_days(history: History) -> None:
    """Switched off, the tables stay as they are; switched on again, it goes on from then."""
    history.load()
    seen = days(history, 1)
    before = versions_in(history.pipeline())
    history.settings["history"] = False
    days_without = [history.clock.now.date() + timedelta(days=n) for n in (1, 2)]
    for _ in days_without:
        history.clock.advance(DAY)
        history.sandbox.churn(CHURN, seed=history.clock.now.toordinal())
        history.load()
    assert versions_in(history.pipeline()) == before
    history.settings["history"] = True
    seen.of_runs |= days(history, 1).of_runs
    seen.check(history.pipeline())
    assert observed(history.pipeline()).keys() & set(days_without) == set()


@pytest.mark.search  # in the normal run, loads without history that are killed
@pytest.mark.parametrize(
    ("place", "number"),
    [
        (r"/new_jobs/(?!changes|_dlt)\w+\.", 1),
        *((r"^/histories/", number) for number in (60, 150, 250)),
        (r"^/histories/load/normalized", 60),
    ],
)
def test_a_killed_run_leaves_neither_gaps_nor_versions_twice(
    history: History, place: str, number: int
) -> None:
    """What it had loaded is dated as its own by the next run, and the rest by that."""
    history.load()
    seen = Seen()
    seen.take(history.pipeline(), history.clock.now)
    history.clock.advance(DAY)
    history.sandbox.churn(CHURN, seed=5)
    killed_at = history.clock.now
    code, printed = Child.of(history).run(Point(number, place))
    assert code == -signal.SIGKILL, printed
    history.clock.advance(DAY)
    history.lose_pipelines_dir()
    loaded_by_killed = mirror_of(history.pipeline(), versions_in(history.pipeline()))
    history.load(badge_max_age="0")
    seen.take(history.pipeline(), history.clock.now)
    seen.check(history.pipeline())
    found = as_of(versions_in(history.pipeline()), killed_at)
    assert differing(found, loaded_by_killed) == []


@pytest.mark.search  # in the normal run, a load that is killed
@pytest.mark.parametrize("when", ["before", "between", "after"])
def test_a_pass_that_stops_half_way_is_repeated_with_its_own_time(
    history: History, when: str
) -> None:
    """Where there are no transactions: what it had not written yet, the next run writes."""
    history.load()
    seen = days(history, 1)
    again = days(history, 1)
    seen.of_runs |= again.of_runs
    (at,) = again.of_runs
    # as if the run had stopped there
    moment = f"TIMESTAMPTZ '{at.isoformat()}'"
    sql(history, f"UPDATE history_observations SET complete = false WHERE observed_at = {moment}")
    if when in ("before", "between"):
        for name in KEYS:
            sql(history, f"DELETE FROM {name}_history WHERE valid_from = {moment}")
    if when == "before":
        for name in KEYS:
            sql(history, f"UPDATE {name}_history SET valid_to = NULL WHERE valid_to = {moment}")
    history.clock.advance(DAY)
    history.load()
    del seen.of_runs[at]  # a run that did not end tells of no day
    seen.take(history.pipeline(), history.clock.now)
    seen.check(history.pipeline())
    assert as_of(versions_in(history.pipeline()), at) == again.of_runs[at]


@pytest.mark.search  # in the normal run, one worker
def test_shards_write_the_versions_of_all(history: History) -> None:
    """Each when it ends, and the last one all that was left."""
    history.load()
    history.clock.advance(DAY)
    history.sandbox.churn(CHURN, seed=2)
    for number in (1, 2):
        pipeline = dlt.pipeline(
            f"shard_{number}",
            destination=history.pipeline().destination,
            dataset_name="workforce",
            pipelines_dir=str(history.folder / "shards"),
        )
        settings = {**history.settings, "badge_max_age": "0"}
        load(pipeline, clock=Clock(history.clock), shard=(number, 2), **settings)
    seen = Seen()
    seen.take(history.pipeline(), history.clock.now)
    seen.check(history.pipeline())


@pytest.mark.search  # in the normal run, one organization
def test_organizations_of_one_dataset_have_versions_of_their_own(history: History) -> None:
    """What one of them removes, prunes or does not keep is no matter of the other."""
    history.load()
    mine = versions_in(history.pipeline())
    with Sandbox(8, 9, clock=history.clock) as other:
        for kept in (True, True, False):
            history.clock.advance(DAY)
            other.churn(CHURN, seed=1)
            given: Any = other.settings
            load(
                history.pipeline(),
                clock=Clock(history.clock),
                history=kept,
                history_retention="0",
                **given,
            )
    whose = history.settings["organization_id"]
    now = versions_in(history.pipeline())
    assert {n: {k: v for k, v in of.items() if k[0] == whose} for n, of in now.items()} == mine
    assert any(key[0] == given["organization_id"] for key in now["employees"])


@pytest.mark.search  # in the normal run, the statements on DuckDB
@pytest.mark.postgres
def test_versions_are_kept_in_postgres(postgres_url: str) -> None:
    """The same, in a database of another kind."""
    history = History(
        **PEOPLE, destination=lambda _: dlt.destinations.postgres(postgres_url), dataset="versions"
    )
    try:
        history.settings["history"] = True
        history.load()
        seen = Seen()
        seen.take(history.pipeline(), history.clock.now)
        for day in range(2):
            history.clock.advance(DAY)
            history.sandbox.churn(CHURN, seed=day)
            history.load(badge_max_age="0", history_retention="3d")
            seen.take(history.pipeline(), history.clock.now)
        seen.check(history.pipeline())
        assert history.load().packages == 0
    finally:
        history.close()


class Observed(Histories):
    """Random histories that keep versions, with kills, and with runs that keep none."""

    kills = False

    def make(self, **arguments: Any) -> History:
        """The history, beside which snapshots are taken."""
        one = super().make(**arguments)
        one.settings["history"] = True
        self.seen = Seen()
        return one

    @rule(
        age=st.sampled_from(["0", "1h", "24h"]),
        cap=st.sampled_from([None, None, None, 0, 3]),
        deletions=st.sampled_from([None, None, "hard", "soft"]),
    )
    def run(self, age: str, cap: int | None, deletions: str | None) -> None:
        """A run; the mirror it leaves is what the versions say of it, now and ever after."""
        history = self.history
        if deletions:
            history.settings["deletions"] = deletions
        history.clock.advance(60)
        refreshed = history.refresh
        settings: Any = {"badge_max_age": age, "max_badge_reads": cap}
        code = history.load(**settings).exit_code
        if code == 5:
            code = history.load(**settings, allow_removals=True).exit_code
        self.loaded = True
        if (age, cap, code) == ("0", None, 0) and not history.refused:
            assert differences(history.pipeline(), history.sandbox.truth()) == []
        if cap is None and age != "0" and not (history.refused or refreshed):
            assert history.load(**settings).packages == 0
        self.seen.take(history.pipeline(), history.clock.now)
        self.seen.check(history.pipeline())

    @precondition(lambda self: self.loaded)
    @rule()
    def run_without(self) -> None:
        """A run for which history is switched off; it goes on with the next."""
        self.history.clock.advance(60)
        self.history.load(history=False, allow_removals=True)

    @precondition(lambda self: self.kills and self.loaded)
    @rule(
        place=st.sampled_from([r"^/histories/(normalize|load/new)", r"^/histories/"]),
        number=st.integers(1, 300),
    )
    def kill(self, place: str, number: int) -> None:
        """A run that is killed somewhere; nobody looks before the next has ended."""
        self.history.clock.advance(60)
        self.history.refresh = None
        Child.of(self.history).run(Point(number, place))


class WithKills(Observed):
    """The same, with kills."""

    kills = True


@pytest.mark.parametrize("number", [pytest.param(n, marks=pytest.mark.search) for n in range(1)])
def test_versions_say_what_the_mirror_held_after_every_run(number: int) -> None:
    """Five random histories each; what a day ended with is what its last run left."""
    run_histories(Observed, number)


@pytest.mark.long
@pytest.mark.parametrize("number", range(40))
def test_versions_hold_in_the_long_run(number: int) -> None:
    """Two hundred more, with loads that are killed."""
    run_histories(WithKills, 1_000 + number)
