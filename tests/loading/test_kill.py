"""SIGKILL anywhere in a load: the next run converges and repeats no finished batch.

`pytest tests/loading/test_kill.py` kills some loads; `-m long` fifty more at random points, on
DuckDB.
"""

import json
import os
import random
import signal
from collections.abc import Iterator
from typing import Any

import dlt
import pytest
from dlt.destinations.exceptions import DatabaseUndefinedRelation

from tests.sync.test_histories_postgres import as_copied
from tests.tools.compare import differences, rows_of
from tests.tools.feed import entries, happened, said
from tests.tools.histories import History
from tests.tools.killed import TIMEOUT, Child, Point
from tests.tools.loaded import Loaded
from workforce_source.exceptions import DestinationError
from workforce_source.sandbox.log import Entry

BATCH = 4  # employees; about twelve have accepted
PEOPLE: dict[str, Any] = {"employees": 20, "seed": 3, "checkpoint_every": BATCH}
DAY = 86_400
CHURN = {"profile_edits": 4, "joiners": 2, "deletions": 1, "new_badges": 4, "vanished_badges": 2}
CHURN |= {"new_external": 2, "vanished_external": 1, "template_edits": 2, "bio_edits": 2}

LISTS = ("employees", "external_badges")
READS = ("employee_data",)
PLACES: dict[str, tuple[tuple[str, ...] | str, int, int]] = {
    # place: endpoints of the requests that count, or paths; and how many there surely are in a
    # first load, and in a later one
    "listing": (LISTS, 2, 2),
    "fan-out": (READS, 10, 10),
    "extract and normalize": (r"^/histories/(normalize|load/new)", 170, 320),
    "load": (r"^/histories/load/normalized", 230, 250),
    "anywhere": (r"^/histories/", 460, 660),
    "between feed and data": (r"/new_jobs/(?!changes|_dlt)\w+\.", 0, 1),
}
SEARCH = pytest.mark.search
NORMALIZED = r"/normalize/extracted/\d"
"""Paths that change when a package is normalized and the extracted one is about to be deleted."""


@pytest.fixture(scope="module")
def loaded() -> Iterator[Loaded]:
    """Twenty employees, loaded into DuckDB."""
    once = Loaded(**PEOPLE)
    yield once
    once.close()


def child_of(history: History, destination: str, credentials: str, dataset: str) -> Child:
    """The next run of a history, in a process of its own."""
    return Child.of(history, destination=destination, credentials=credentials, dataset=dataset)


def kill(
    history: History,
    child: Child,
    place: str,
    rng: random.Random,
    *,
    first: bool,
    whole: bool = False,
) -> int:
    """Let a load die somewhere in a place; get the id of its process."""
    where, most_at_first, most_later = PLACES[place]
    most = most_at_first if first else most_later
    number = rng.randint(1, -(-most // 4) if whole else most)
    if isinstance(where, str):
        point = Point(number, where, rng.choice([0.0, rng.random() / 20]))
        process = child.start(point)
    else:
        seen: list[Entry] = []
        process = child.start()

        def count(entry: Entry) -> None:
            if entry.endpoint in where:
                seen.append(entry)
                if len(seen) == number:
                    os.kill(process.pid, signal.SIGKILL)

        history.sandbox.on_request(count)
    printed, complaints = process.communicate(timeout=TIMEOUT)
    assert process.returncode == -signal.SIGKILL, (place, number, printed, complaints)
    return process.pid


def not_read_yet(history: History) -> int:
    """How many accepted employees have no read of the killed run in a completed load."""
    accepted = {e.id for e in history.sandbox.population.in_order() if e.accepted}
    pipeline = history.pipeline()
    try:
        reads = rows_of(pipeline, "badge_reads")
        with pipeline.sql_client() as client:
            name = client.make_qualified_table_name("_dlt_loads")
            found = client.execute_sql(f"SELECT load_id FROM {name} WHERE status = 0")
    except DatabaseUndefinedRelation:
        return len(accepted)
    complete = {load_id for (load_id,) in found or ()}
    done = {
        row["employee_id"]
        for row in reads.values()
        if row["badges_read_at"] == history.clock.now and row["load_id"] in complete
    }
    return len(accepted - done)


def recovers(
    history: History, killed: int, *, lost: bool, first: bool, copied: bool = False
) -> None:
    """The run after a kill: everything the contract says, and no batch twice."""
    waiting = not_read_yet(history)
    if lost:
        history.lose_pipelines_dir()
    else:
        lock = history.pipelines_dir / "histories.workforce.lock"
        assert json.loads(lock.read_text())["process"] == killed
    history.clock.advance(60)
    history.sandbox.requests.clear()
    summary = history.load()
    assert summary.exit_code == 0
    truth = history.sandbox.truth()
    if copied:
        truth = {name: as_copied(rows) for name, rows in truth.items()}
    assert differences(history.pipeline(), truth) == []
    # a template half written is mended by reading somebody who holds it
    assert history.sandbox.counts().get("employee_data", 0) <= waiting + BATCH
    if first:
        assert entries(history.pipeline()) == {}
    history.run_again_at_once()


def kill_and_recover(
    loaded: Loaded, number: int, place: str, *, first: bool, lost: bool, whole: bool = False
) -> None:
    """One load on DuckDB is killed, the next one makes up for it.

    A first load has a load package for each piece of the lists and each batch, or one as a whole.
    """
    rng = random.Random(f"kill:{number}:{place}")
    people = PEOPLE | {"checkpoint_every": 20} if whole else PEOPLE
    history = History(**people) if first else loaded.copy()
    try:
        before = {} if first else history.data()
        if not first:
            history.clock.advance(DAY + 60)  # so that everybody is due
            history.sandbox.churn(CHURN, seed=number)
        child = child_of(history, "duckdb", str(history.folder / "w.duckdb"), "workforce")
        killed = kill(history, child, place, rng, first=first, whole=whole)
        recovers(history, killed, lost=lost, first=first)
        if not first:
            found = entries(history.pipeline()).values()
            assert said(found) == happened(before, history.data())
    finally:
        history.close()


@pytest.mark.parametrize(
    ("number", "place", "first", "lost", "whole"),
    [
        pytest.param(2, "fan-out", True, False, False, marks=pytest.mark.search),
        pytest.param(4, "load", False, False, False, marks=pytest.mark.search),
        (6, "between feed and data", False, True, False),
        pytest.param(1, "listing", False, False, False, marks=pytest.mark.search),
        pytest.param(3, "extract and normalize", False, True, False, marks=pytest.mark.search),
        pytest.param(5, "load", True, True, False, marks=pytest.mark.search),
        pytest.param(7, "load", True, True, True, marks=pytest.mark.search),
    ],
)
def test_a_killed_load_is_made_up_for(
    loaded: Loaded, number: int, place: str, first: bool, lost: bool, whole: bool
) -> None:
    """The next run equals the truth, reads nobody twice, and the feed has each change once."""
    kill_and_recover(loaded, number, place, first=first, lost=lost, whole=whole)


@pytest.mark.search  # in the normal run, kills at other points
@pytest.mark.parametrize("number", [1, pytest.param(2, marks=pytest.mark.search)])
def test_a_package_normalized_when_the_load_was_killed_is_loaded_once(number: int) -> None:
    """Whether the extracted package it was made from is still whole (1) or half deleted (2)."""
    history = History(**PEOPLE)
    try:
        child = child_of(history, "duckdb", str(history.folder / "w.duckdb"), "workforce")
        process = child.start(Point(number, NORMALIZED))
        printed, complaints = process.communicate(timeout=TIMEOUT)
        assert process.returncode == -signal.SIGKILL, (printed, complaints)
        recovers(history, process.pid, lost=False, first=True)
    finally:
        history.close()


@pytest.mark.search  # in the normal run, tests/loading/test_half_done.py
@pytest.mark.parametrize("number", [4, *(pytest.param(n, marks=SEARCH) for n in (5, 6, 7, 8))])
def test_a_kill_while_dlt_keeps_a_schema_does_not_end_every_later_run(number: int) -> None:
    """Neither half a file of it (4), nor a package that came before its schema (5)."""
    history = History(**PEOPLE)
    try:
        child = child_of(history, "duckdb", str(history.folder / "w.duckdb"), "workforce")
        process = child.start(Point(number, r"^/histories/schemas/"))
        printed, complaints = process.communicate(timeout=TIMEOUT)
        assert process.returncode == -signal.SIGKILL, (printed, complaints)
        recovers(history, process.pid, lost=False, first=True)
    finally:
        history.close()


@pytest.mark.search  # in the normal run, a kill between the lists
@pytest.mark.parametrize(
    "table", ["badge_reads", pytest.param("badge_templates", marks=pytest.mark.search)]
)
def test_a_batch_of_the_first_load_that_was_killed_still_makes_no_entries(table: str) -> None:
    """The second batch dies with a table merged, others perhaps not, and its files are lost."""
    history = History(**PEOPLE)
    try:
        child = child_of(history, "duckdb", str(history.folder / "w.duckdb"), "workforce")
        process = child.start(Point(2, rf"/started_jobs/{table}\..*\.sql"))
        printed, complaints = process.communicate(timeout=TIMEOUT)
        assert process.returncode == -signal.SIGKILL, (printed, complaints)
        recovers(history, process.pid, lost=True, first=True)
    finally:
        history.close()


def test_a_merge_that_stops_half_way_leaves_the_rows_of_before(loaded: Loaded) -> None:
    """Rows are deleted and inserted in one transaction: a table that refuses rows keeps the old."""
    history = loaded.copy()
    try:
        before = history.data()["employee_profiles"]
        with history.pipeline().sql_client() as client:
            described = client.execute_sql("DESCRIBE employee_profiles") or ()
            columns = ", ".join(f"{name} {kind}" for name, kind, *_ in described)
            check = f"CHECK (changed_at <= '{history.clock.now.isoformat()}')"
            client.execute_sql(f"CREATE TABLE refusing ({columns}, {check})")
            client.execute_sql("INSERT INTO refusing FROM employee_profiles")
            client.execute_sql("DROP TABLE employee_profiles")
            client.execute_sql("ALTER TABLE refusing RENAME TO employee_profiles")
        history.clock.advance(DAY + 60)
        history.sandbox.churn({"bio_edits": 3}, seed=1)
        with pytest.raises(DestinationError):
            history.load()
        assert history.data()["employee_profiles"] == before
    finally:
        history.close()


@pytest.mark.search  # in the normal run, kills at other points
@pytest.mark.parametrize("lost", [False, pytest.param(True, marks=pytest.mark.search)])
@pytest.mark.parametrize(
    "table", ["external_badges", pytest.param("badge_templates", marks=pytest.mark.search)]
)
def test_a_first_load_killed_between_its_lists_still_makes_no_entries(
    table: str, lost: bool
) -> None:
    """Employees are in a package that was completed, the table in the one that dies."""
    history = History(**PEOPLE)
    try:
        child = child_of(history, "duckdb", str(history.folder / "w.duckdb"), "workforce")
        process = child.start(Point(1, rf"/load/normalized/.*_jobs/{table}\."))
        printed, complaints = process.communicate(timeout=TIMEOUT)
        assert process.returncode == -signal.SIGKILL, (printed, complaints)
        assert len(rows_of(history.pipeline(), "employees")) == PEOPLE["employees"]
        recovers(history, process.pid, lost=lost, first=True)
    finally:
        history.close()


@pytest.mark.long
@pytest.mark.parametrize("number", range(100, 150))
def test_fifty_killed_loads_are_made_up_for(loaded: Loaded, number: int) -> None:
    """At random places, first loads and later ones, the pipelines directory kept and lost."""
    rng = random.Random(number)
    first = rng.random() < 0.4
    place = rng.choice([name for name in PLACES if not (first and name == "between feed and data")])
    lost = rng.random() < 0.5
    whole = first and rng.random() < 0.4
    kill_and_recover(loaded, number, place, first=first, lost=lost, whole=whole)


@pytest.mark.search  # in the normal run, kills into DuckDB
@pytest.mark.postgres
@pytest.mark.parametrize("place", ["load", pytest.param("anywhere", marks=pytest.mark.long)])
def test_a_killed_load_into_postgres_is_made_up_for(postgres_url: str, place: str) -> None:
    """The same on a server that lives on when its client dies."""
    dataset = f"killed_{place}"
    history = History(
        **PEOPLE, destination=lambda _: dlt.destinations.postgres(postgres_url), dataset=dataset
    )
    try:
        killed = kill(
            history,
            child_of(history, "postgres", postgres_url, dataset),
            place,
            random.Random(place),
            first=True,
        )
        recovers(history, killed, lost=True, first=True, copied=True)
    finally:
        history.close()
