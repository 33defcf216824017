"""One organization loaded by several workers at the same time, and never beside another run."""

import itertools
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, nullcontext
from pathlib import Path
from typing import Any

import dlt
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.tools.examples import examples
from tests.tools.killed import Child, Point
from tests.tools.together import Together, together
from workforce_source.clock import SYSTEM_CLOCK
from workforce_source.destination import connection_to
from workforce_source.exceptions import ConfigError, Locked
from workforce_source.loading.shards import Right, hold_right
from workforce_source.sync.shard import ALL, Shard
from workforce_source.tables.own import LEASES as TABLE

NUMBERS = itertools.count()
DOES = st.sampled_from(["take", "give back", "time passes"])
Hold = Callable[..., AbstractContextManager[Right]]


@pytest.fixture(scope="module")
def pipeline(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dlt.Pipeline]:
    """A pipeline into a DuckDB file, which is kept open and has its table of leases."""
    folder = tmp_path_factory.mktemp("shards")
    made = dlt.pipeline(
        "shards",
        destination=dlt.destinations.duckdb(str(folder / "w.duckdb")),
        dataset_name="credly",
        pipelines_dir=str(folder),
    )
    with made.sql_client():
        with holding(made)():
            pass
        yield made


def holding(pipeline: dlt.Pipeline) -> Hold:
    """Get what holds an organization nobody held before, or a share of it, without waiting."""
    organization = f"organization {next(NUMBERS)}"

    def held(shard: Shard = ALL) -> AbstractContextManager[Right]:
        return hold_right(
            connection_to(pipeline),
            organization,
            shard,
            wait=0,
            clock=SYSTEM_CLOCK,
            anew=lambda: None,
        )

    return held


@pytest.fixture
def hold(pipeline: dlt.Pipeline) -> Hold:
    """What holds an organization, or a share of it."""
    return holding(pipeline)


def time_passes(pipeline: dlt.Pipeline) -> None:
    """What is held has run out, as if nobody had renewed it; who holds it knows nothing of that."""
    with pipeline.sql_client() as client:
        client.execute_sql(f"UPDATE credly.{TABLE} SET expires = '2001-01-01'")


def test_shards_are_there_together_and_each_once(hold: Hold) -> None:
    """In any order; one that is there already is refused, and so is one of another number."""
    with ExitStack() as stack:
        for number in (3, 1, 2):
            stack.enter_context(hold(Shard(number, 3)))
        with pytest.raises(Locked, match="is being loaded by process"), hold(Shard(2, 3)):
            pass
        with pytest.raises(ConfigError, match="at work, so 2/4 cannot be"), hold(Shard(2, 4)):
            pass
    with hold(Shard(2, 4)):
        pass


def test_shards_and_a_run_alone_exclude_one_another(hold: Hold) -> None:
    """Whoever comes second; afterwards nothing is in the way, and nothing of shards is left."""
    with hold():
        for shard in (Shard(1, 2), Shard(2, 2)):
            with pytest.raises(Locked, match="is being loaded by process"), hold(shard):
                pass
    with hold(Shard(2, 2)), pytest.raises(Locked, match="is being loaded by process"), hold():
        pass
    with hold() as right:
        assert right.lease.look().holder == right.lease.holder


@pytest.mark.parametrize(
    ("sleeper", "next_one"),
    [(Shard(1, 2), ALL), (ALL, Shard(2, 2)), (Shard(1, 2), Shard(1, 2))],
    ids=["shard, alone", "alone, shard", "shard, the same"],
)
def test_who_slept_through_the_end_of_a_lease_finds_it_gone(
    hold: Hold, pipeline: dlt.Pipeline, sleeper: Shard, next_one: Shard
) -> None:
    """Also when the next one has ended long ago."""
    with hold(sleeper) as slept:
        time_passes(pipeline)
        with hold(next_one):
            for attempt in (slept.lease.look, slept.lease.renew):
                with pytest.raises(Locked, match="Another run took over"):
                    attempt()
        with pytest.raises(Locked, match="Another run took over"):
            slept.lease.look()


@pytest.mark.property
@settings(max_examples=examples(8, 60), deadline=None)
@given(st.lists(st.tuples(st.integers(0, 2), DOES), max_size=15))
@example([(0, "time passes")])
def test_however_they_come_and_go_none_is_there_beside_a_run_alone(
    pipeline: dlt.Pipeline, steps: list[tuple[int, str]]
) -> None:
    """Who holds a share keeps it until it runs out and somebody takes it; then it is told so."""
    hold, shares = holding(pipeline), (ALL, Shard(1, 2), Shard(2, 2))
    held: dict[int, tuple[ExitStack, Right]] = {}
    over, lost = set[int](), set[int]()
    with ExitStack() as stack:
        for number, does in steps:
            against = {n for n in held.keys() - lost if (n == 0) != (number == 0)}
            if does == "time passes":
                time_passes(pipeline)
                over |= held.keys()
            elif does == "take" and number not in held:
                own = stack.enter_context(ExitStack())
                if against - over:
                    with pytest.raises(Locked):
                        own.enter_context(hold(shares[number]))
                else:
                    held[number] = own, own.enter_context(hold(shares[number]))
                    lost |= against
            elif does == "give back" and number in held:
                held.pop(number)[0].close()
                over.discard(number)
                lost.discard(number)
            for n, (_, right) in held.items():
                with pytest.raises(Locked) if n in lost else nullcontext():
                    right.lease.look()


def test_others_wait_for_the_lists_as_long_as_the_first_shard_is_there(hold: Hold) -> None:
    """Without it they say whom to start; what it has noted stays."""
    with hold(Shard(2, 2)) as second:
        with pytest.raises(Locked, match="Shard 1/2 is not at work"):
            second.wait_for_lists()
        with hold(Shard(1, 2)) as first:
            first.note_loaded()
        second.wait_for_lists()
    with hold() as right:
        assert right.organization.loaded is not None


@pytest.mark.parametrize("text", ["0/2", "3/2", "1", "one/2", "1/2/3", "-1/2"])
def test_what_is_no_share_is_refused(text: str) -> None:
    """By name, before anything is asked for."""
    with pytest.raises(ConfigError, match=r"(?i)a shard is"):
        Shard.parse(text)


def test_each_employee_is_in_one_share() -> None:
    """The same for whoever asks, and the shares are about as large."""
    shards = [Shard(number, 4) for number in range(1, 5)]
    people = [f"employee-{number}" for number in range(1000)]
    shares = [[one for one in people if shard.has(one)] for shard in shards]
    assert sorted(itertools.chain.from_iterable(shares)) == sorted(people)
    assert all(200 < len(share) < 300 for share in shares)


@pytest.fixture
def one(postgres_url: str) -> Iterator[Together]:
    """One organization in a dataset of a PostgreSQL."""
    with together(postgres_url, organizations=1, employees=60) as organization:
        yield organization


def shards_of(one: Together, number: int) -> list[Child]:
    """A load of each share, each from a pipelines directory of its own."""
    return [one.child(0, f"shard{k}", shard=(k, number)) for k in range(1, number + 1)]


def entries(one: Together) -> int:
    """How many changes were told."""
    with one.histories[0].pipeline().sql_client() as client:
        ((count,),) = client.execute_sql(f"SELECT COUNT(*) FROM {one.dataset}.changes") or ()
    return int(count)


@pytest.mark.search  # four processes
@pytest.mark.postgres
def test_four_shards_at_once_load_what_one_run_would(one: Together) -> None:
    """Each employee is read once, nothing is told as a change; the next run is an ordinary one."""
    sandbox = one.histories[0].sandbox
    done = one.run(shards_of(one, 4))
    assert [code for code, _ in done] == [0, 0, 0, 0], done
    assert one.problems(0) == []
    assert one.datasets() == {one.dataset}
    assert entries(one) == 0
    accepted = [e for e in sandbox.population.employees if e.employee_state == "accepted"]
    assert sandbox.counts()["employee_data"] == len(accepted)
    sandbox.requests.clear()
    ((code, said),) = one.run([one.child(0, badge_max_age="24h")])
    assert code == 0, said
    assert "employee_data" not in sandbox.counts()
    assert entries(one) == 0


@pytest.mark.postgres
@pytest.mark.search
def test_shards_find_what_has_changed(one: Together) -> None:
    """Removals are the first one's; a change is told once."""
    ((code, said),) = one.run([one.child(0)])
    assert code == 0, said
    one.churn(1)
    done = one.run(shards_of(one, 2))
    assert [code for code, _ in done] == [0, 0], done
    assert one.problems(0) == []
    told = entries(one)
    assert told > 0
    ((code, said),) = one.run([one.child(0)])
    assert code == 0, said
    assert entries(one) == told


@pytest.mark.search  # in the normal run, four that end well
@pytest.mark.postgres
@pytest.mark.parametrize(
    "point",
    [
        Point(2, r"/started_jobs/employee_badges\..*\.sql"),
        *(
            pytest.param(Point(number, later=later), marks=pytest.mark.search)
            for number, later in ((1, 0.0), (60, 0.3), (160, 0.0))
        ),
    ],
    ids=["merging", "at once", "early", "late"],
)
@pytest.mark.parametrize("killed", [0, pytest.param(1, marks=pytest.mark.search)])
def test_what_a_killed_shard_has_left_is_loaded_by_the_next_run(
    one: Together, killed: int, point: Point
) -> None:
    """Whichever it was; what it left is read as the first load it belongs to."""
    children = shards_of(one, 2)
    for child in children:
        child.settings["wait_for_lease"] = 3
    codes = [code for code, _ in one.run(children, {killed: point})]
    assert codes[killed] in (-9, 0)
    ((code, said),) = one.run([one.child(0)])
    assert code == 0, said
    assert one.problems(0) == []
    assert one.datasets() == {one.dataset}
    assert entries(one) == 0
    with one.histories[0].pipeline().sql_client() as client:
        rows = client.execute_sql(f"SELECT organization_id FROM {one.dataset}.{TABLE}") or ()
    assert not [name for (name,) in rows if "#" in name]


def test_what_shards_cannot_do_is_refused(tmp_path: Path) -> None:
    """Before anything is asked for."""
    from workforce_source import load

    pipeline = dlt.pipeline(
        "refused",
        destination=dlt.destinations.duckdb(str(tmp_path / "w.duckdb")),
        dataset_name="credly",
        pipelines_dir=str(tmp_path),
    )
    account: dict[str, Any] = {
        "organization_id": "x",
        "api_token": "y",
        "base_url": "http://127.0.0.1:9/v1",
    }
    for others in (
        {"employee_filter": {"team": "Sales"}},
        {"start_date": "2026-01-01", "end_date": "2026-02-01"},
    ):
        with pytest.raises(ConfigError, match="Shard 1/2 cannot be loaded with a window or a"):
            load(pipeline, shard=(1, 2), **account, **others)
    pipeline.refresh = "drop_sources"
    with pytest.raises(ConfigError, match="with a refresh of the pipeline"):
        load(pipeline, shard=(1, 2), **account)
