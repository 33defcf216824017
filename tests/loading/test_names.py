"""Names dlt takes, and write dispositions it takes: what works, and what is refused in time."""

from pathlib import Path
from typing import Any

import dlt
import pytest
from dlt.pipeline.exceptions import PipelineStepFailed

from tests.tools.compare import rows_of
from workforce_source import load, workforce
from workforce_source.destination.faults import causes_of
from workforce_source.exceptions import ConfigError
from workforce_source.job.command import main
from workforce_source.sandbox import Sandbox


@pytest.mark.parametrize(
    "name", [pytest.param("workforce-eu", marks=pytest.mark.search), "My Pipeline"]
)
def test_a_pipeline_may_have_any_name_dlt_takes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """Also one that no schema could have: loaded by `load()`, then by the main job."""
    monkeypatch.chdir(tmp_path)
    with Sandbox(employees=8, seed=7) as sandbox:
        account: dict[str, Any] = dict(sandbox.settings)
        pipeline = dlt.pipeline(
            name,
            destination=dlt.destinations.duckdb(str(tmp_path / f"{name}.duckdb")),
            dataset_name="credly",
            pipelines_dir=str(tmp_path / "pipelines"),
        )
        assert load(pipeline, **account).exit_code == 0
        words = ["--no-marts", "--pipelines-dir", str(tmp_path / "other")]
        assert main(words, pipeline_name=name, **account) == 0
        assert main(["--check"], pipeline_name=name, **account) == 0
    assert len(rows_of(pipeline, "employees")) == 8


@pytest.mark.parametrize(
    "disposition", ["replace", pytest.param("append", marks=pytest.mark.search)]
)
def test_a_run_refuses_to_replace_what_is_there_by_what_changed(
    tmp_path: Path, disposition: Any
) -> None:
    """Said in `run` or on a resource: refused before the first request, and nothing is lost."""
    with Sandbox(employees=8, seed=7) as sandbox:
        pipeline = dlt.pipeline(
            "workforce",
            destination=dlt.destinations.duckdb(str(tmp_path / "w.duckdb")),
            dataset_name="credly",
            pipelines_dir=str(tmp_path / "pipelines"),
        )
        account: dict[str, Any] = dict(sandbox.settings)
        pipeline.run(workforce(**account))
        sandbox.requests.clear()
        hinted = workforce(**account)
        hinted.external_badges.apply_hints(write_disposition=disposition)
        cases: list[tuple[Any, Any]] = [(workforce(**account), disposition), (hinted, None)]
        for source, how in cases:
            with pytest.raises(PipelineStepFailed) as failed:
                pipeline.run(source, write_disposition=how)
            (said,) = (e for e in causes_of(failed.value) if isinstance(e, ConfigError))
            assert f"is {disposition}, but a run yields only what changed" in said.message
        assert sandbox.counts() == {}
    assert len(rows_of(pipeline, "employees")) == 8
