"""The lease of an organization: one run holds it, and who lost it writes nothing more."""

import itertools
import os
import select
import signal
import threading
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path

import dlt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.tools.compare import differences
from tests.tools.examples import examples
from tests.tools.histories import History
from tests.tools.killed import TIMEOUT, Child, Point
from tests.tools.timekeeping import Waits
from tests.tools.together import CHURN, Together, together
from workforce_source.destination import connection_to
from workforce_source.exceptions import Locked
from workforce_source.loading.lease import LASTS, Lease, hold_lease
from workforce_source.sandbox.log import Entry
from workforce_source.tables.own import LEASES as TABLE

START = datetime(2100, 1, 1, tzinfo=UTC)
NUMBERS = itertools.count()
DOES = st.sampled_from(["take", "renew", "look", "give back", "time passes"])


def pipeline_in(folder: Path) -> dlt.Pipeline:
    """A pipeline into a DuckDB file, with nothing in it."""
    return dlt.pipeline(
        "leases",
        destination=dlt.destinations.duckdb(str(folder / "w.duckdb")),
        dataset_name="credly",
        pipelines_dir=str(folder),
    )


@pytest.fixture(scope="module")
def pipeline(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dlt.Pipeline]:
    """A pipeline, its file kept open."""
    made = pipeline_in(tmp_path_factory.mktemp("leases"))
    with made.sql_client():
        yield made


@pytest.mark.property
@settings(max_examples=examples(10, 60), deadline=None)
@given(st.lists(st.tuples(st.integers(0, 2), DOES, st.integers(1, 100)), max_size=25))
def test_however_runs_interleave_one_holds_the_lease(
    pipeline: dlt.Pipeline, steps: list[tuple[int, str, int]]
) -> None:
    """Who holds it keeps it for 90 seconds after each sign; who lost it is told so for ever."""
    passed, epoch = 0, 0
    organization = f"organization {next(NUMBERS)}"
    runs = [Lease(connection_to(pipeline), organization, now=lambda _: now()) for _ in range(3)]
    holder: Lease | None = None
    until = START

    def now() -> datetime:
        return START + timedelta(seconds=passed)

    for number, does, seconds in steps:
        run = runs[number]
        if does == "time passes":
            passed += seconds
        elif does == "take" and run.epoch == 0:
            try:
                before = run.take(0)
            except Locked:
                assert holder not in (None, run)
                assert now() < until
            else:
                assert holder is None or now() >= until
                assert before.epoch == epoch
                epoch = run.epoch
                holder, until = run, now() + LASTS
        elif does == "give back" and run.epoch:
            run.give_back()
            if run is holder:
                holder = None
        elif run.epoch:
            try:
                run.renew() if does == "renew" else run.look()
            except Locked:
                assert run is not holder
            else:
                assert run is holder
                until = now() + LASTS if does == "renew" else until
    assert [run for run in runs if run.epoch == epoch and run is holder] == [holder] * bool(holder)


def test_who_waits_is_told_who_holds_it(pipeline: dlt.Pipeline) -> None:
    """Process and machine, and no person; after as long as was to be waited."""
    waits = Waits()
    with hold_lease(connection_to(pipeline), "told", wait=0, clock=waits.clock()):
        with pytest.raises(Locked, match=rf"process {os.getpid()} on .* within 120 seconds"):
            Lease(connection_to(pipeline), "told", waits.clock()).take(120)
        assert waits.now == 120
    with hold_lease(connection_to(pipeline), "told", wait=0, clock=waits.clock()) as (_, before):
        assert before.epoch == 1


def test_a_lease_lasts_by_the_clock_of_the_destination(postgres_url: str, tmp_path: Path) -> None:
    """What this machine takes for the time stands nowhere."""
    made = dlt.pipeline(
        "leases",
        destination=dlt.destinations.postgres(postgres_url),
        dataset_name="leases_by_the_clock",
        pipelines_dir=str(tmp_path),
    )
    Lease(connection_to(made), "clock").take(0)
    with made.sql_client() as client:
        rows = client.execute_sql(
            "SELECT EXTRACT(epoch FROM expires - renewed),"
            f" EXTRACT(epoch FROM CURRENT_TIMESTAMP - renewed) FROM {TABLE}"
        )
        client.drop_dataset()
    ((lasts, since),) = rows or ()
    assert (lasts, 0 <= since < 60) == (LASTS.seconds, True)


@pytest.fixture
def one(postgres_url: str) -> Iterator[Together]:
    """One organization, loaded, in which something has happened since."""
    with together(postgres_url, organizations=1, employees=12) as organizations:
        organizations.histories[0].load()
        organizations.churn(1)
        yield organizations


def everything(one: Together) -> list[list[tuple[object, ...]]]:
    """Every row of every table of the dataset that loads write, dlt's own too."""
    with one.histories[0].pipeline().sql_client() as client:
        named = client.execute_sql(
            "SELECT table_name FROM information_schema.tables WHERE table_schema = %s ORDER BY 1",
            one.dataset,
        )
        return [
            sorted(map(tuple, client.execute_sql(f"SELECT * FROM {name}") or ()), key=repr)
            for (name,) in named or ()
            if name != TABLE
        ]


LAST_WRITES = 100
"""Of the points of a load, those beyond this many come when most of it is written."""


def gets_there(process: int, told: Path) -> bool:
    """Whether a process says that it is at its point, or ends without."""
    said = os.open(told, os.O_RDONLY | os.O_NONBLOCK)
    ended = os.pidfd_open(process)
    try:
        ready, _, _ = select.select([said, ended], [], [], TIMEOUT)
        return said in ready and os.read(said, 9) == b"here"
    finally:
        os.close(ended)
        os.close(said)


@pytest.mark.postgres
@pytest.mark.parametrize(
    ("number", "where"),
    [
        (1, r"/started_jobs/employees\..*\.sql"),
        pytest.param(1, r"/started_jobs/employees\..*\.csv", marks=pytest.mark.search),
        *(
            pytest.param(number, "/load/normalized/", marks=pytest.mark.long)
            for number in range(5, 125, 5)
        ),
    ],
)
def test_who_was_paused_and_lost_the_lease_writes_nothing_more(
    one: Together, number: int, where: str
) -> None:
    """Stopped between two statements of a package, and awake when another run has done it all."""
    history = one.histories[0]
    told = history.folder / "told"
    os.mkfifo(told)
    with ExitStack() as stack:
        process = one.child(0, "other").start(
            Point(number, where, sends=signal.SIGSTOP, told=str(told))
        )
        stack.callback(os.kill, process.pid, signal.SIGKILL)
        if not gets_there(process.pid, told):
            process.communicate(timeout=TIMEOUT)
            stack.pop_all()
            pytest.skip("a load has fewer such points")
        with history.pipeline().sql_client() as client:
            client.execute_sql(f"UPDATE {TABLE} SET expires = renewed")  # ninety seconds pass
        assert history.load(badge_max_age="0").exit_code == 0
        assert one.problems(0) == []
        before = everything(one)
        os.kill(process.pid, signal.SIGCONT)
        _, complaints = process.communicate(timeout=TIMEOUT)
        stack.pop_all()
    assert everything(one) == before
    assert one.datasets() == {one.dataset}
    if number > LAST_WRITES and process.returncode == 0:
        return  # it slept when all of its own was written, and so has nothing to tell
    assert process.returncode == 1
    assert "Another run took over" in complaints


@pytest.mark.search  # in the normal run, on PostgreSQL
def test_who_was_paused_while_reading_writes_nothing_more_into_duckdb(tmp_path: Path) -> None:
    """Inside a package nobody can take over: the paused process has the file locked."""
    history = History(12, 3, checkpoint_every=12)
    try:
        history.load()
        history.clock.advance(600)
        history.sandbox.churn(CHURN, seed=1)
        child = Child.of(
            history,
            pipelines_dir=str(tmp_path),
            settings=history.settings | {"badge_max_age": "0"},
        )
        reading, sleeping = threading.Event(), threading.Event()

        def sleep(entry: Entry) -> None:
            if entry.endpoint == "employee_data" and not reading.is_set():
                reading.set()
                sleeping.wait(TIMEOUT)

        history.sandbox.on_request(sleep)
        process = child.start()
        assert reading.wait(TIMEOUT)
        os.kill(process.pid, signal.SIGSTOP)
        sleeping.set()
        with history.pipeline().sql_client() as client:
            client.execute_sql(f"UPDATE {TABLE} SET expires = renewed")  # ninety seconds pass
        assert history.load(badge_max_age="0").exit_code == 0
        before = history.data()
        os.kill(process.pid, signal.SIGCONT)
        _, complaints = process.communicate(timeout=TIMEOUT)
        assert process.returncode == 1
        assert "Another run took over" in complaints
        assert history.data() == before
        assert differences(history.pipeline(), history.sandbox.truth()) == []
    finally:
        history.close()


@pytest.mark.search  # in the normal run, one that was paused
@pytest.mark.postgres
def test_what_a_run_that_died_here_held_is_free_at_once(one: Together) -> None:
    """Another pipelines directory of the same machine does not wait, and drops what it staged."""
    history = one.histories[0]
    process = one.child(0, "other").start(Point(1, r"/started_jobs/employees\..*\.sql"))
    process.communicate(timeout=TIMEOUT)
    assert process.returncode == -signal.SIGKILL
    assert len(one.datasets()) == 2
    waits = Waits()
    assert history.load(waits, badge_max_age="0").exit_code == 0
    assert waits.waited == []
    assert one.problems(0) == []
    assert one.datasets() == {one.dataset}


@pytest.mark.search  # in the normal run, a pause within a package
@pytest.mark.postgres
def test_a_package_is_not_finished_when_another_run_has_loaded_since(one: Together) -> None:
    """Its rows are of before: they would replace newer ones, and nobody would notice."""
    history = one.histories[0]
    old = one.child(0, "other")
    process = old.start(Point(1, r"/started_jobs/employees\..*\.sql"))
    process.communicate(timeout=TIMEOUT)
    one.churn(2)
    assert history.load(badge_max_age="0").exit_code == 0
    ((code, said),) = one.run([one.child(0, "other")])
    assert code == 0, said
    assert one.problems(0) == []
