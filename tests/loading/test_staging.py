"""The staging dataset of a run: nobody else's, gone afterwards, and found again after a kill."""

import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import dlt
import pytest

from tests.tools.compare import differences
from tests.tools.histories import History
from tests.tools.killed import Child, Point

PEOPLE: dict[str, Any] = {"employees": 12, "seed": 3, "checkpoint_every": 4}


@pytest.fixture
def history() -> Iterator[History]:
    """Twelve employees, not loaded yet."""
    history = History(**PEOPLE)
    yield history
    history.close()


def datasets(history: History) -> set[str]:
    """The datasets there are."""
    with history.pipeline().sql_client() as client:
        rows = client.execute_sql("SELECT schema_name FROM information_schema.schemata")
    return {name for (name,) in rows or () if name.startswith("workforce")}


@pytest.mark.search  # in the normal run, loading/test_together.py
def test_no_staging_dataset_is_left(history: History) -> None:
    """Neither ours nor dlt's, whether packages were written or none."""
    history.load()
    assert datasets(history) == {"workforce"}
    history.run_again_at_once()
    assert datasets(history) == {"workforce"}


@pytest.mark.search  # in the normal run, that nothing is left
def test_the_destination_of_the_caller_is_as_it_was(history: History) -> None:
    """Other pipelines may load with it meanwhile: a run has a copy of its own."""
    pipeline = history.pipeline()
    given = pipeline.destination
    before = dict(given.config_params), dict(given.caps_params)
    history.load()
    assert (dict(given.config_params), dict(given.caps_params)) == before
    assert history.pipeline().destination is given


@pytest.mark.search  # in the normal run, the layout of ours
def test_a_layout_of_ones_own_stands() -> None:
    """Who may not create datasets names the one there is, and it is neither changed nor dropped."""

    def duckdb(folder: Path) -> Any:
        return dlt.destinations.duckdb(
            str(folder / "w.duckdb"), staging_dataset_name_layout="%s_mine"
        )

    history = History(**PEOPLE, destination=duckdb)
    try:
        history.load()
        assert datasets(history) == {"workforce", "workforce_mine"}
    finally:
        history.close()


@pytest.mark.search  # in the normal run, kills and their leftovers
def test_what_a_killed_run_had_staged_is_merged_and_then_dropped(history: History) -> None:
    """Rows that were copied and not merged are in that run's staging dataset and nowhere else."""
    child = Child.of(history)
    process = child.start(Point(1, r"/started_jobs/employees\..*\.sql"))
    process.communicate(timeout=60)
    assert process.returncode == -signal.SIGKILL
    (staged,) = datasets(history) - {"workforce"}
    assert staged.startswith("workforce_stg_")
    assert history.load().pending == "finished"
    assert differences(history.pipeline(), history.sandbox.truth()) == []
    assert datasets(history) == {"workforce"}


@pytest.mark.search  # a dataset of its own in PostgreSQL
@pytest.mark.postgres
def test_a_name_as_long_as_the_destination_takes_is_shortened(postgres_url: str) -> None:
    """PostgreSQL would cut it without a word, and the cut names of two runs are one."""
    history = History(
        **PEOPLE,
        destination=lambda _: dlt.destinations.postgres(postgres_url),
        dataset="w" * 63,
    )
    try:
        assert history.load().exit_code == 0
        with history.pipeline().sql_client() as client:
            rows = client.execute_sql("SELECT nspname FROM pg_namespace") or ()
            assert [name for (name,) in rows if name.startswith("www")] == ["w" * 63]
            client.drop_dataset()
    finally:
        history.close()
