"""Asked of an organization, not of a pipeline or a schema: first loads, cursors, the feed."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import dlt
import pytest

from tests.tools.compare import differences
from tests.tools.feed import entries
from workforce_source import Summary, load
from workforce_source.sandbox import Sandbox


@pytest.fixture
def two() -> Iterator[list[Sandbox]]:
    """Two organizations."""
    with ExitStack() as stack:
        yield [stack.enter_context(Sandbox(12, seed)) for seed in (3, 4)]


class Dataset:
    """One dataset in a DuckDB file, loaded into by pipelines of several names."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def pipeline(self, name: str = "workforce") -> dlt.Pipeline:
        """The pipeline of a name."""
        return dlt.pipeline(
            name,
            destination=dlt.destinations.duckdb(str(self._folder / "w.duckdb")),
            dataset_name="credly",
            pipelines_dir=str(self._folder / "pipelines"),
        )

    def load(self, sandbox: Sandbox, name: str = "workforce", **settings: Any) -> Summary:
        """Load an organization."""
        arguments: dict[str, Any] = {**sandbox.settings, "badge_max_age": "0", **settings}
        summary = load(self.pipeline(name), **arguments)
        assert summary.exit_code == 0
        return summary

    def problems(self, sandbox: Sandbox) -> list[str]:
        """What is here otherwise than in an organization."""
        whose = sandbox.organization_id
        return differences(self.pipeline(), sandbox.truth(), organization_id=whose)


@pytest.fixture
def dataset(tmp_path: Path) -> Dataset:
    """A dataset with nothing in it."""
    return Dataset(tmp_path)


def test_organizations_are_loaded_by_their_names(
    dataset: Dataset, two: list[Sandbox], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the configuration has of each decides whom it reads, and with which credentials."""
    variable = "SOURCES__WORKFORCE__ORGANIZATIONS"
    monkeypatch.setenv(variable, '["acme", "globex"]')
    for name, sandbox in zip(("ACME", "GLOBEX"), two, strict=True):
        for setting, value in sandbox.settings.items():
            monkeypatch.setenv(f"{variable}__{name}__{setting.upper()}", value)
    for name in ("acme", "globex"):
        load(dataset.pipeline(f"workforce_{name}"), organization=name)
    assert [dataset.problems(sandbox) for sandbox in two] == [[], []]


@pytest.mark.search  # in the normal run, organizations by their names
@pytest.mark.parametrize("name", ["workforce", pytest.param("other", marks=pytest.mark.search)])
def test_the_first_load_of_another_organization_makes_no_entries(
    dataset: Dataset, two: list[Sandbox], name: str
) -> None:
    """Whatever the pipeline is called; what changes later is told of both."""
    first, second = two
    dataset.load(first)
    before = dataset.load(second, name).cursors["employees"]
    assert before[0] is None
    assert before[1] == max(
        row["employee_state_updated_at"]
        for row in second.truth()["employees"]
        if row["employee_state_updated_at"]
    )
    assert entries(dataset.pipeline()) == {}
    for sandbox in two:
        sandbox.churn({"bio_edits": 2}, seed=1)
    dataset.load(first)
    dataset.load(second, name)
    assert {entry["organization_id"] for entry in entries(dataset.pipeline()).values()} == {
        sandbox.organization_id for sandbox in two
    }
    assert [dataset.problems(sandbox) for sandbox in two] == [[], []]


@pytest.mark.search  # in the normal run, the first load of another organization
def test_the_whole_after_a_part_makes_no_entries(dataset: Dataset, two: list[Sandbox]) -> None:
    """A run with a filter, or with a window, is no first load of the organization."""
    first, _ = two
    dataset.load(first, employee_filter={"employee_state": "accepted"})
    dataset.load(first, start_date="2020-01-01", end_date="2099-01-01")
    dataset.load(first)
    assert entries(dataset.pipeline()) == {}
    assert dataset.problems(first) == []
    first.churn({"bio_edits": 2}, seed=1)
    dataset.load(first)
    assert len(entries(dataset.pipeline())) == 2


@pytest.mark.search  # in the normal run, each under its own name
def test_one_organization_under_two_names_goes_on_where_it_was(
    dataset: Dataset, two: list[Sandbox]
) -> None:
    """Rows, feed and cursors are its own; nothing is read or written again."""
    first, _ = two
    reached = dataset.load(first).cursors
    again = dataset.load(first, "other", badge_max_age="24h")
    assert (again.packages, again.statistics.rows_written) == (0, 0)
    assert again.cursors == {name: (moved, moved) for name, (_, moved) in reached.items()}
    first.churn({"bio_edits": 2}, seed=1)
    dataset.load(first, "other")
    assert len(entries(dataset.pipeline())) == 2
    assert dataset.problems(first) == []


@pytest.mark.search  # in the normal run, a file of 0.1.0
def test_what_an_earlier_release_has_loaded_is_no_first_load(
    dataset: Dataset, two: list[Sandbox]
) -> None:
    """There was no lease then, and its rows came with a load that was completed."""
    first, _ = two
    dataset.load(first)
    with dataset.pipeline().sql_client() as client:
        client.execute_sql("DROP TABLE workforce_leases")
    first.churn({"bio_edits": 2}, seed=1)
    dataset.load(first)
    assert len(entries(dataset.pipeline())) == 2


@pytest.mark.search  # plays several runs
def test_a_dataset_that_was_dropped_is_begun_anew(dataset: Dataset, two: list[Sandbox]) -> None:
    """Dlt forgets its schema and state with it, although the lease makes the dataset before."""
    first, _ = two
    dataset.load(first)
    with dataset.pipeline().sql_client() as client:
        client.drop_dataset()
    before = dataset.load(first).cursors["employees"][0]
    assert before is None
    assert entries(dataset.pipeline()) == {}
    assert dataset.problems(first) == []
