"""`load()` is a guest in its process: who was there before, or is beside it, notices nothing."""

import logging
import os
import signal
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import dlt
import pyarrow as pa
import pytest

from tests.tools.compare import differences
from tests.tools.histories import History

ROWS = pa.table({"id": pa.array([1, 2, 3]), "name": pa.array(["a", "b", "c"])})


@pytest.fixture
def history() -> Iterator[History]:
    """Twelve employees, not loaded yet."""
    history = History(12, 3, checkpoint_every=4)
    yield history
    history.close()


def other(folder: Path, name: str) -> list[str]:
    """Run a pipeline of somebody else's, of Arrow tables; get the columns it made."""
    pipeline = dlt.pipeline(
        name,
        destination=dlt.destinations.duckdb(str(folder / f"{name}.duckdb")),
        dataset_name="shop",
        pipelines_dir=str(folder / "theirs"),
    )
    pipeline.run(
        ROWS, table_name="staff", write_disposition="merge", primary_key="id"
    ).raise_on_failed_jobs()
    with pipeline.sql_client() as client:
        rows = client.execute_sql(
            "SELECT column_name FROM information_schema.columns WHERE table_name = 'staff'"
        )
        held = client.execute_sql("SELECT COUNT(*) FROM staff") or ()
    assert [tuple(row) for row in held] == [(3,)]
    return sorted({name for (name,) in rows or ()})


def state_of_the_process() -> tuple[Any, ...]:
    """What a library may not change: environment, signal handlers, log handlers and levels."""
    loggers = [logging.getLogger(), *map(logging.getLogger, ("dlt", "workforce_source"))]
    return (
        dict(os.environ),
        [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)],
        [(list(logger.handlers), list(logger.filters), logger.level) for logger in loggers],
    )


def test_another_pipeline_before_and_after_notices_nothing(
    history: History, tmp_path: Path
) -> None:
    """Its tables have the columns it gave them, after a load in the same process too."""
    columns = other(tmp_path, "first")
    before = state_of_the_process()
    assert history.load().exit_code == 0
    assert state_of_the_process() == before
    assert other(tmp_path, "first") == other(tmp_path, "second") == columns == ["id", "name"]


@pytest.mark.search  # in the normal run, another pipeline before and after
def test_it_runs_in_a_thread_beside_another_threads_pipeline(
    history: History, tmp_path: Path
) -> None:
    """Both load what they have, and the process is as it was."""
    other(tmp_path, "theirs")
    before, found = state_of_the_process(), {}
    started = threading.Event()
    history.sandbox.on_request(lambda _: started.set())

    def ours() -> None:
        found["exit code"] = history.load().exit_code

    thread = threading.Thread(target=ours)
    thread.start()
    started.wait(60)
    columns = [other(tmp_path, "theirs") for _ in range(2)]
    thread.join()
    assert columns == [["id", "name"]] * 2
    assert found == {"exit code": 0}
    assert state_of_the_process() == before
    assert differences(history.pipeline(), history.sandbox.truth()) == []


@pytest.mark.search  # in the normal run, another pipeline before and after
def test_threads_load_two_organizations_into_one_file(tmp_path: Path) -> None:
    """Each equals its truth: neither a table, a staging dataset nor the file is in the way."""

    def duckdb(_: Path) -> Any:
        return dlt.destinations.duckdb(str(tmp_path / "shared.duckdb"))

    histories = [History(12, seed, destination=duckdb) for seed in (3, 4)]
    found: dict[int, Any] = {}

    def loads(number: int) -> None:
        found[number] = histories[number].load(badge_max_age="0").exit_code

    try:
        for turn in range(2):
            for history in histories:
                history.clock.advance(600)
                history.sandbox.churn({"bio_edits": 3, "new_badges": 2, "deletions": 1}, seed=turn)
            threads = [threading.Thread(target=loads, args=(number,)) for number in range(2)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            assert found == {0: 0, 1: 0}
            for history in histories:
                sandbox = history.sandbox
                whose = sandbox.organization_id
                found_otherwise = differences(
                    history.pipeline(), sandbox.truth(), organization_id=whose
                )
                assert found_otherwise == []
            found.clear()
    finally:
        for history in histories:
            history.close()


@pytest.mark.search  # in the normal run, the main job's rows say it
def test_every_row_says_which_load_it_came_with(history: History) -> None:
    """`_dlt_load_id` is written without the setting of dlt's that would be everybody's."""
    history.load()
    with history.pipeline().sql_client() as client:
        for table in ("employees", "employee_badges", "badge_templates", "badge_reads"):
            rows = client.execute_sql(
                f"SELECT COUNT(*), COUNT(l.load_id) FROM {table} t"
                " LEFT JOIN _dlt_loads l ON l.load_id = t._dlt_load_id AND l.status = 0"
            )
            ((count, named),) = rows or ()
            assert count == named > 0
