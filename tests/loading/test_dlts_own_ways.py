"""What somebody who knows dlt does with the source: hints, transformers, parallel resources."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, cast

import dlt
import pyarrow as pa
import pytest
from dlt.extract import DltResource, DltSource
from dlt.pipeline.exceptions import PipelineStepFailed

from tests.tools.compare import differences
from workforce_source import load, workforce
from workforce_source.exceptions import ConfigError
from workforce_source.sandbox import Sandbox

Rows = list[dict[str, Any]]


@pytest.fixture
def pipeline(tmp_path: Path) -> dlt.Pipeline:
    """A pipeline into a DuckDB file of its own."""
    return dlt.pipeline(
        "workforce",
        destination=dlt.destinations.duckdb(str(tmp_path / "w.duckdb")),
        dataset_name="workforce",
        pipelines_dir=str(tmp_path / "pipelines"),
    )


@pytest.fixture(scope="module")
def quiet() -> Iterator[Sandbox]:
    """Forty employees nobody changes."""
    with Sandbox(employees=40, seed=3) as serving:
        yield serving


def source_of(sandbox: Sandbox) -> DltSource:
    """The source with the settings of a sandbox."""
    return workforce(**cast("Any", sandbox.settings))


@dlt.transformer(name="domains", write_disposition="append")
def domains(table: pa.Table) -> Iterator[Rows]:
    """The domain of each e-mail there is in a chunk."""
    if "email" in table.column_names:
        yield [{"domain": email.partition("@")[2]} for email in table["email"].to_pylist()]


def test_a_transformer_gets_the_rows_alone(pipeline: dlt.Pipeline, quiet: Sandbox) -> None:
    """Those of the table it is named after; what it makes of them is loaded, and nothing else."""
    pipeline.run(source_of(quiet).employees | domains)
    with pipeline.sql_client() as client:
        found = client.execute_sql("SELECT count(*), count(domain) FROM domains")
    assert found == [(40, 40)]
    assert "employees" not in pipeline.default_schema.data_table_names()


@pytest.mark.search  # in the normal run, alone
def test_a_transformer_gets_the_rows_beside_the_mirror(
    pipeline: dlt.Pipeline, quiet: Sandbox
) -> None:
    """Both are loaded, each into its own tables; a second run has nothing for either."""
    for _ in range(2):
        source = source_of(quiet)
        pipeline.run([source, source.employees | domains])
        assert differences(pipeline, quiet.truth(), volatile=True) == []
        with pipeline.sql_client() as client:
            assert client.execute_sql("SELECT count(*) FROM domains") == [(40,)]


def fed(source: DltSource) -> DltSource:
    """The source with a transformer among its own resources."""
    source.resources.add(source.employees | domains)
    return source


def renamed(source: DltSource) -> DltResource:
    """The list of employees by another name."""
    return source.employees.with_name("people")


def hinted(**hints: Any) -> Callable[[DltSource], DltSource]:
    """The source with hints of its employees changed."""

    def change(source: DltSource) -> DltSource:
        source.employees.apply_hints(**hints)
        return source

    return change


@pytest.mark.parametrize(
    ("change", "given", "said"),
    [
        (hinted(table_name="people"), {}, "table_name of employees is people"),
        (hinted(primary_key="email"), {}, "primary_key of employees is email"),
        (hinted(write_disposition="append"), {}, "write_disposition of employees is append"),
        (lambda source: source, {"table_name": "people"}, "table_name of employees is people"),
        (lambda source: source, {"primary_key": "email"}, "primary_key of employees is email"),
        (renamed, {}, "employees has another name"),
        (fed, {}, "domains is fed by employees, which is written by the same source"),
    ],
    ids=["table", "key", "disposition", "table of a run", "key of a run", "name", "fed"],
)
def test_hints_that_would_break_the_mirror_are_refused(
    pipeline: dlt.Pipeline,
    quiet: Sandbox,
    change: Callable[[DltSource], Any],
    given: dict[str, Any],
    said: str,
) -> None:
    """Before any request, with the way to what they were meant for; the next load is not stuck."""
    before = quiet.counts()
    with pytest.raises(PipelineStepFailed) as raised:
        pipeline.run(change(source_of(quiet)), **given)
    error: BaseException | None = raised.value
    while error is not None and not isinstance(error, ConfigError):
        error = error.__cause__ or error.__context__
    assert said in str(error)
    assert "Nothing was written" in str(error)
    assert quiet.counts() == before


@pytest.mark.search  # loads once more
def test_after_a_refused_hint_a_load_succeeds(pipeline: dlt.Pipeline, quiet: Sandbox) -> None:
    """No package is left that could be in its way."""
    with pytest.raises(PipelineStepFailed):
        pipeline.run(source_of(quiet), primary_key="email")
    assert load(pipeline, **cast("Any", quiet.settings)).exit_code == 0


def test_resources_may_be_read_in_parallel(pipeline: dlt.Pipeline, quiet: Sandbox) -> None:
    """One run all the same: every request once, every row once."""
    before = sum(quiet.counts().values())
    pipeline.run(source_of(quiet).parallelize())
    in_parallel = sum(quiet.counts().values()) - before
    assert differences(pipeline, quiet.truth(), volatile=True) == []
    list(source_of(quiet))
    assert sum(quiet.counts().values()) - before == 2 * in_parallel
