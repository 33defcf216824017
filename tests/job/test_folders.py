"""Where the main job runs: folders of any name, and projects that share a machine."""

import sys
from pathlib import Path

import pytest

from workforce_source.job.pipeline import JobPipeline
from workforce_source.loading.lock import run_lock


def package(folder: Path, name: str) -> None:
    """An installed package that must not be imported."""
    (folder / name).mkdir(parents=True)
    (folder / name / "__init__.py").write_text("raise SystemExit('imported')", encoding="utf-8")


@pytest.mark.parametrize("destination", ["duckdb", "of_ours"])
def test_a_folder_named_like_a_package_imports_nothing(
    destination: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else dlt takes it for the project's module, and whatever it does when it is imported."""
    package(tmp_path / "installed", "noisy_package")
    (tmp_path / "noisy_package").mkdir()
    monkeypatch.syspath_prepend(str(tmp_path / "installed"))
    monkeypatch.chdir(tmp_path / "noisy_package")
    monkeypatch.setenv("DESTINATION__OF_OURS__DESTINATION_TYPE", "duckdb")
    job = JobPipeline(
        name="workforce", destination=destination, dataset="credly", pipelines_dir=tmp_path / "dlt"
    )
    assert job.kind == "duckdb"
    assert job.pipeline.destination.destination_name == destination
    assert "noisy_package" not in sys.modules


def test_projects_that_load_elsewhere_share_no_lock(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two with the name everybody's pipeline has; the first stays where it was, each time."""
    monkeypatch.setenv("DLT_DATA_DIR", str(tmp_path / "dlt"))

    def working_files(project: str, dataset: str = "credly") -> Path:
        (tmp_path / project).mkdir(exist_ok=True)
        monkeypatch.chdir(tmp_path / project)
        job = JobPipeline(name="workforce", destination="duckdb", dataset=dataset)
        assert job.file == tmp_path / project / "workforce.duckdb"
        return Path(job.pipeline.pipelines_dir)

    first, second, other = map(working_files, ("one", "two", "one"), ("credly", "credly", "hr"))
    assert first == tmp_path / "dlt" / "pipelines"
    assert len({first, second, other}) == 3
    assert (working_files("one"), working_files("two")) == (first, second)
    with run_lock(first, "workforce"), run_lock(second, "workforce"):
        pass
