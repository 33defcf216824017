"""What a destination is known for: refused or told before the first request."""

import logging
from pathlib import Path
from typing import Any, cast

import dlt
import pytest
from dlt.pipeline.exceptions import PipelineStepFailed

from workforce_source import load, workforce
from workforce_source.destination.known import EXECUTED, REFUSED, kind_of, require_usable, untried
from workforce_source.exceptions import ConfigError
from workforce_source.sandbox import Sandbox

OURS = "workforce_source.destination.known"
NO_ROWS_BY_SQL = ("destination", "lance", "lancedb", "qdrant", "weaviate")
"""Kinds whose capabilities say that they cannot replace rows by SQL."""
UNTRIED = (
    *("bigquery", "databricks", "dremio", "fabric", "motherduck", "mssql", "redshift"),
    *("snowflake", "synapse"),
)


class ducklike(dlt.destinations.duckdb):  # noqa: N801 # dlt names a destination by its class
    """A destination nobody tried; here it can be loaded into."""


def into(destination: Any, folder: Path) -> dlt.Pipeline:
    """A pipeline into a destination."""
    return dlt.pipeline(
        "known", destination=destination, dataset_name="credly", pipelines_dir=str(folder / "state")
    )


def test_every_destination_of_dlt_is_tried_refused_or_told() -> None:
    """A destination a new dlt brings has to be put somewhere."""
    every = {*EXECUTED, *REFUSED, *NO_ROWS_BY_SQL, *UNTRIED}
    assert every == {*dlt.destinations.__all__}


@pytest.mark.parametrize("kind", [*REFUSED, *NO_ROWS_BY_SQL])
def test_what_cannot_be_loaded_right_is_refused(kind: str) -> None:
    """The message names the destination and what to do."""
    with pytest.raises(ConfigError, match=rf"{kind}\)? cannot be loaded: .*docs/destinations\.md"):
        require_usable(getattr(dlt.destinations, kind)())


@pytest.mark.parametrize("kind", UNTRIED)
def test_what_nobody_tried_is_not_refused(kind: str) -> None:
    """The word of dlt that rows can be replaced in it counts; that nobody tried is told."""
    destination = getattr(dlt.destinations, kind)()
    require_usable(destination)
    assert f"loads into {kind}" in (untried(destination) or "")


def test_load_refuses_before_the_first_request(tmp_path: Path, sandbox: Sandbox) -> None:
    """Rows that changed would stand twice in files, with exit 0."""
    files = dlt.destinations.filesystem(str(tmp_path / "files"))
    with pytest.raises(ConfigError, match="filesystem cannot be loaded"):
        load(into(files, tmp_path), **cast("Any", sandbox.settings))
    assert not sandbox.requests
    assert not (tmp_path / "files").exists()


def test_a_plain_run_refuses_before_the_first_request(tmp_path: Path, sandbox: Sandbox) -> None:
    """As in `load()`: the source knows where it is to be loaded once it is asked for rows."""
    files = dlt.destinations.filesystem(str(tmp_path / "files"))
    with pytest.raises(PipelineStepFailed) as raised:
        into(files, tmp_path).run(workforce(**cast("Any", sandbox.settings)))
    assert "filesystem cannot be loaded" in str(raised.value)
    assert not sandbox.requests


@pytest.mark.search  # loads once more
def test_a_destination_nobody_tried_is_told_once_a_run(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """It is loaded all the same."""
    with Sandbox(employees=10) as sandbox, caplog.at_level(logging.WARNING, OURS):
        destination = ducklike(str(tmp_path / "workforce.duckdb"))
        assert kind_of(destination) == "ducklike"
        assert load(into(destination, tmp_path), **cast("Any", sandbox.settings)).exit_code == 0
        said = [record.getMessage() for record in caplog.records if record.name == OURS]
        assert len(said) == 1
        assert "No test of ours loads into ducklike" in said[0]
        into(destination, tmp_path).run(workforce(**cast("Any", sandbox.settings)))
    assert len([record for record in caplog.records if record.name == OURS]) == 2
