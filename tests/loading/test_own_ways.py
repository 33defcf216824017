"""dlt's own ways with a source: what works with this one, and what is refused before a request.

`add_map`, `add_filter` and running twice are in tests/test_source.py.
"""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import dlt
import pyarrow as pa
import pytest
from dlt.extract import DltResource, DltSource
from dlt.pipeline.exceptions import PipelineStepFailed

from workforce_source import workforce
from workforce_source.destination.faults import causes_of
from workforce_source.exceptions import ConfigError
from workforce_source.sandbox import Sandbox

Changed = Callable[[DltSource], DltSource | DltResource]


@pytest.fixture(scope="module")
def small() -> Iterator[Sandbox]:
    """Eight people."""
    with Sandbox(employees=8, seed=7) as sandbox:
        yield sandbox


@pytest.fixture
def pipeline(tmp_path: Path) -> dlt.Pipeline:
    """A pipeline that has loaded nothing."""
    return dlt.pipeline(
        "own_ways",
        destination=dlt.destinations.duckdb(str(tmp_path / "w.duckdb")),
        dataset_name="credly",
        pipelines_dir=str(tmp_path / "pipelines"),
    )


def source_of(sandbox: Sandbox) -> DltSource:
    """The source of an account, here the sandbox's."""
    account: dict[str, Any] = dict(sandbox.settings)
    return workforce(**account)


def asked(pipeline: dlt.Pipeline, statement: str) -> list[tuple[Any, ...]]:
    """Ask the destination."""
    with pipeline.sql_client() as client:
        return [tuple(row) for row in client.execute_sql(statement) or ()]


@dlt.transformer
def sizes(item: pa.Table) -> Iterator[list[dict[str, int]]]:
    """How many rows came."""
    yield [{"rows_seen": item.num_rows}]


def test_a_transformer_gets_the_rows_of_its_table_and_has_a_table_of_its_own(
    pipeline: dlt.Pipeline, small: Sandbox
) -> None:
    """Only what it needs is asked for, and nothing is written under our names."""
    small.requests.clear()
    pipeline.run(source_of(small).employees | sizes)
    assert asked(pipeline, "select sum(rows_seen) from credly.sizes") == [(8,)]
    assert small.counts() == {"employees": 1}
    ours = {name for name in pipeline.default_schema.tables if not name.startswith("_dlt")}
    assert ours == {"sizes"}


@pytest.mark.search  # in the normal run, each by itself
def test_a_transformer_beside_the_source_takes_nothing_from_it(
    pipeline: dlt.Pipeline, small: Sandbox
) -> None:
    """In one run, each to its own tables."""
    source = source_of(small)
    pipeline.run([source, source.employees | sizes])
    assert asked(pipeline, "select count(*) from credly.employees") == [(8,)]
    assert asked(pipeline, "select sum(rows_seen) from credly.sizes") == [(8,)]


def test_resources_that_are_parallelized_are_one_run(
    pipeline: dlt.Pipeline, small: Sandbox
) -> None:
    """Their three generators share what was read, though threads of dlt ask at once."""
    small.requests.clear()
    pipeline.run(source_of(small).parallelize())
    assert asked(pipeline, "select count(*) from credly.employees") == [(8,)]
    assert small.counts()["employees"] == 1


def named(source: DltSource) -> DltResource:
    """A resource under another name."""
    return source.employees.with_name("staff")


def in_another_table(source: DltSource) -> DltSource:
    """A resource whose rows are for another table."""
    source.employees.apply_hints(table_name="staff")
    return source


def with_another_key(source: DltSource) -> DltSource:
    """A resource whose rows are told apart by something else."""
    source.external_badges.apply_hints(primary_key="issuer_name")
    return source


def transformed_within(source: DltSource) -> DltSource:
    """A resource that is loaded and transformed by one source."""
    source.resources.add(source.employees | sizes)
    return source


@pytest.mark.parametrize(
    ("changed", "how", "says"),
    [
        (named, {}, "called staff, and is found by its own name"),
        (in_another_table, {}, "table_name of employees is staff"),
        (with_another_key, {}, "primary_key of external_badges is issuer_name"),
        (transformed_within, {}, "sizes transforms employees in the run that loads it"),
        (None, {"table_name": "staff"}, "is staff, but a run compares"),
        (None, {"primary_key": "email"}, "is email, but its rows are told apart"),
    ],
)
def test_what_would_lose_rows_or_keep_them_twice_is_refused(
    pipeline: dlt.Pipeline, small: Sandbox, changed: Changed | None, how: Any, says: str
) -> None:
    """Before the first request, with what it would do; the next run goes on."""
    source = source_of(small)
    small.requests.clear()
    with pytest.raises(PipelineStepFailed) as failed:
        pipeline.run(changed(source) if changed else source, **how)
    (said,) = (e for e in causes_of(failed.value) if isinstance(e, ConfigError))
    assert says in said.message
    assert small.counts() == {}
    assert not pipeline.has_pending_data
