"""A load as a task of a scheduler: no state on the disk, figures as plain values."""

import json
import tempfile
from pathlib import Path
from typing import Any

import dlt
import pytest

from tests.tools.compare import differences
from workforce_source.exceptions import ConfigError
from workforce_source.sandbox import Sandbox
from workforce_source.tables import TABLES
from workforce_source.tasks import ONLY, Dataset, Loaded, Made, organization_keys


@pytest.fixture(scope="module")
def sandbox() -> Any:
    """A small organization."""
    with Sandbox(12) as serving:
        yield serving


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the file is, and whatever a task leaves behind."""
    return tmp_path_factory.mktemp("tasks")


@pytest.fixture(scope="module")
def dataset(sandbox: Sandbox, folder: Path) -> Dataset:
    """A DuckDB file."""
    file = dlt.destinations.duckdb(str(folder / "workforce.duckdb"))
    return Dataset(file, settings=dict(sandbox.settings))


@pytest.fixture(scope="module")
def done(dataset: Dataset, folder: Path) -> tuple[Loaded, Made]:
    """A load and marts, with a temporary folder of their own."""
    with pytest.MonkeyPatch.context() as patched:
        (folder / "temporary").mkdir()
        patched.setattr(tempfile, "tempdir", str(folder / "temporary"))
        return dataset.load(), dataset.make_marts()


def plain(value: Any) -> bool:
    """Whether a value is of the types JSON has, none of them derived."""
    if type(value) is dict:
        return all(type(name) is str and plain(inner) for name, inner in value.items())
    if type(value) is list:
        return all(map(plain, value))
    return value is None or type(value) in (str, int, float, bool)


def test_the_only_organization_is_loaded_and_nothing_is_kept(
    done: tuple[Loaded, Made], dataset: Dataset, sandbox: Sandbox, folder: Path
) -> None:
    """Its rows are in the destination, and its working files are gone."""
    assert organization_keys() == (ONLY,)
    with dataset.pipeline("looked_at") as pipeline:
        assert differences(pipeline, sandbox.truth()) == []
    assert list((folder / "temporary").iterdir()) == []
    loaded, _ = done
    assert loaded.rows.keys() == {table.name for table in TABLES}
    assert loaded.rows["employees"] == 12


def test_figures_are_plain_values(done: tuple[Loaded, Made]) -> None:
    """Orchestrators keep them as JSON, and refuse an enumeration though it is a number."""
    for told in done:
        figures = told.as_dict()
        assert plain(figures)
        assert json.loads(json.dumps(figures)) == figures
        assert (figures["exit_code"], figures["meaning"]) == (0, "loaded")


def test_a_file_of_each_organization_is_refused(sandbox: Sandbox) -> None:
    """DuckDB's default is a file named like the pipeline, and these are many."""
    with pytest.raises(ConfigError, match="Say which DuckDB file"):
        Dataset("duckdb", settings=dict(sandbox.settings)).load()


def test_marts_are_not_made_of_a_part(dataset: Dataset) -> None:
    """A load with a filter reads a part of the organization."""
    part = {**dataset.settings, "employee_filter": {"team": "Sales"}}
    with pytest.raises(ConfigError, match="a window or a filter"):
        Dataset(dataset.destination, settings=part).make_marts()


@pytest.mark.parametrize("name", ["acme-eu", "acme"])
def test_an_organization_may_have_any_name_of_a_section(dataset: Dataset, name: str) -> None:
    """With a hyphen, which no schema of dlt's has."""
    with dataset.pipeline(name) as pipeline:
        assert pipeline.pipeline_name == f"workforce_{name}"
