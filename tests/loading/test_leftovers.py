"""What finished load packages leave behind: nothing that grows, and nobody's data."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import dlt
import pytest

from tests.tools.compare import differences
from tests.tools.histories import History
from tests.tools.loaded import Loaded
from tests.tools.main_job import personal_data_below
from workforce_source import workforce
from workforce_source.exceptions import DestinationError

HOUR = 3_600


@pytest.fixture(scope="module")
def loaded() -> Iterator[Loaded]:
    """Twenty employees, loaded."""
    once = Loaded(employees=20, seed=3)
    yield once
    once.close()


@pytest.fixture
def history(loaded: Loaded) -> Iterator[History]:
    """A history of its own."""
    history = loaded.copy()
    yield history
    history.close()


def kept(history: History) -> list[str]:
    """The finished packages that lie in the pipelines directory."""
    return list(history.pipeline().list_completed_load_packages())


@pytest.mark.search  # plays several runs
def test_a_schedule_does_not_fill_the_disk(history: History) -> None:
    """Only the packages of the last run are kept, however many runs there were."""
    for number in range(3):
        before = set(kept(history))
        history.clock.advance(HOUR)
        history.sandbox.churn({"profile_edits": 2}, seed=number)
        assert history.load().packages == len(kept(history)) > 0
        assert before.isdisjoint(kept(history))


def test_rows_a_destination_refused_are_gone_once_the_next_run_is_done(history: History) -> None:
    """A package that failed keeps its rows; finished or aborted, neither rows nor errors stay."""
    with history.pipeline().sql_client() as client:
        client.execute_sql("CREATE UNIQUE INDEX once ON employees (email)")
    one, other = history.sandbox.population.employees[:2]
    email = one.email
    history.sandbox.population.edit(one.id, email=other.email)
    for _ in range(2):  # the second run aborts what the first could not load, and fails itself
        with pytest.raises(DestinationError):
            history.load()
    left = personal_data_below(history.pipelines_dir, history.sandbox)
    assert left, "so that this test can fail"
    history.sandbox.population.edit(one.id, email=email)
    with history.pipeline().sql_client() as client:
        client.execute_sql("DROP INDEX once")
    history.load()
    assert personal_data_below(history.pipelines_dir, history.sandbox) == {}


@pytest.mark.search  # in the normal run, another pipeline before and after
def test_packages_of_other_sources_are_not_touched(history: History) -> None:
    """A pipeline may load more than this source; what dlt keeps of that stays."""
    pipeline = history.pipeline()
    pipeline.run([{"id": 1}], table_name="notes", schema=dlt.Schema("notes"))
    (theirs,) = (
        i for i in kept(history) if pipeline.get_load_package_info(i).schema_name != "workforce"
    )
    for _ in range(2):
        history.load()
    assert kept(history) == [theirs]


@pytest.mark.search  # loads once more
def test_a_deletion_that_was_stopped_is_ended_by_the_next_run(history: History) -> None:
    """A finished package without its schema is no reason to fail."""
    folder = history.pipelines_dir / "histories" / "load" / "loaded" / kept(history)[0]
    (folder / "schema.json").unlink()
    history.load()
    assert kept(history) == []


def test_packages_are_kept_where_job_files_are(
    history: History, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who sets dlt to keep the files of finished jobs keeps their packages."""
    monkeypatch.setenv("LOAD__DELETE_COMPLETED_JOBS", "false")
    before = kept(history)
    history.load()
    assert kept(history) == before != []


@pytest.mark.search  # in the normal run, rows a destination refused
def test_a_package_dlt_cannot_make_is_given_up_by_the_next_run(history: History) -> None:
    """Files of rows that cannot be read would keep every later run from loading."""
    with history.pipeline().sql_client() as client:
        client.execute_sql("DELETE FROM employee_badges")  # so that there is something to load
    settings: Any = history.sandbox.settings
    history.pipeline().extract(workforce(**settings))
    for rows in Path(history.pipeline().working_dir, "normalize").rglob("*.parquet"):
        rows.write_bytes(b"no rows")
    assert history.pipeline().has_pending_data
    summary = history.load()
    assert "dlt cannot make load packages of them" in str(summary.pending)
    assert not history.pipeline().has_pending_data
    assert differences(history.pipeline(), history.sandbox.truth()) == []
