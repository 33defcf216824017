"""Datasets that earlier releases left: the next run goes on with them.

What is in `upgrades/` was loaded by 0.1.0 (commit c0c75d1) from `Sandbox(employees=20, seed=7)`
with `max_badge_reads=8`: a first load of which five employees wait. The one of PostgreSQL is SQL.
"""

import gzip
from pathlib import Path
from typing import Any

import dlt
import pytest

from tests.tools.compare import differences, tables_of
from tests.tools.main_job import account, run_job
from workforce_source import load
from workforce_source.exceptions import ConfigError
from workforce_source.sandbox import Sandbox

OLD = Path(__file__).parent / "upgrades"


def old_duckdb(file: Path) -> Path:
    """The DuckDB file that 0.1.0 left."""
    file.write_bytes(gzip.decompress((OLD / "0.1.0.duckdb.gz").read_bytes()))
    return file


def pipeline_into(destination: Any, folder: Path, dataset: str = "credly") -> dlt.Pipeline:
    """A pipeline whose machine never loaded anything."""
    return dlt.pipeline(
        "workforce", destination=destination, dataset_name=dataset, pipelines_dir=str(folder)
    )


def check_upgraded(pipeline: dlt.Pipeline, sandbox: Sandbox, *, empty: str | None = "") -> None:
    """The dataset equals the API; nothing is news that is none; the next run writes nothing."""
    settings: Any = sandbox.settings
    summary = load(pipeline, **settings)
    assert summary.exit_code == 0
    assert summary.statistics.due["never read"] == 5
    truth = {
        name: [{key: empty if value == "" else value for key, value in row.items()} for row in rows]
        for name, rows in sandbox.truth().items()
    }
    assert differences(pipeline, truth, volatile=True) == []
    assert tables_of(pipeline, ["changes"])["changes"] == {}
    assert load(pipeline, **settings).packages == 0


def test_a_duckdb_file_of_0_1_0_is_loaded_into(tmp_path: Path) -> None:
    """Columns that were not there are made; who waited for the first load is no news."""
    file = old_duckdb(tmp_path / "workforce.duckdb")
    with Sandbox(employees=20, seed=7) as sandbox:
        check_upgraded(pipeline_into(dlt.destinations.duckdb(str(file)), tmp_path), sandbox)


@pytest.mark.postgres
def test_a_postgresql_dataset_of_0_1_0_is_loaded_into(tmp_path: Path, postgres_url: str) -> None:
    """The same; a database refuses a column it does not have in words of its own."""
    text = gzip.decompress((OLD / "0.1.0.postgres.sql.gz").read_bytes()).decode()
    text = text.replace('"credly"', "of_0_1_0").replace('"credly_staging"', "of_0_1_0_staging")
    pipeline = pipeline_into(dlt.destinations.postgres(postgres_url), tmp_path, "of_0_1_0")
    with pipeline.sql_client() as client:
        client.native_connection.cursor().execute(text)
    with Sandbox(employees=20, seed=7) as sandbox:
        check_upgraded(pipeline, sandbox, empty=None)  # dlt's COPY makes null of empty texts


@pytest.mark.search  # in the normal run, the load into it
def test_the_main_job_makes_its_marts_of_a_file_of_0_1_0(tmp_path: Path) -> None:
    """One command after the upgrade, and all is as with a file of today."""
    old_duckdb(tmp_path / "workforce.duckdb")
    with Sandbox(employees=20, seed=7) as sandbox:
        done = run_job(tmp_path, variables=account(sandbox))
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.search  # in the normal run, a file of 0.1.0
@pytest.mark.parametrize(
    ("table", "column"),
    [
        pytest.param("employees", "row_hash", marks=pytest.mark.search),
        ("badge_templates", "skill_count"),
        pytest.param("badge_reads", "attempted_at", marks=pytest.mark.search),
        pytest.param("changes", "previous_changed_at", marks=pytest.mark.search),
    ],
)
def test_a_column_that_somebody_dropped_comes_back(table: str, column: str, tmp_path: Path) -> None:
    """With its values, where rows have any."""
    destination = dlt.destinations.duckdb(str(tmp_path / "workforce.duckdb"))
    pipeline = pipeline_into(destination, tmp_path)
    with Sandbox(employees=20, seed=7) as sandbox:
        settings: Any = sandbox.settings
        load(pipeline, **settings)
        with pipeline.sql_client() as client:
            client.execute_sql(f"ALTER TABLE {table} DROP COLUMN {column}")
        assert load(pipeline, **settings, badge_max_age="0").exit_code == 0
        assert differences(pipeline, sandbox.truth()) == []


def test_a_dataset_of_a_newer_release_is_left_alone(tmp_path: Path) -> None:
    """One sentence, no request, no write; a table of leases without the mark gets it."""
    destination = dlt.destinations.duckdb(str(tmp_path / "workforce.duckdb"))
    pipeline = pipeline_into(destination, tmp_path)
    with Sandbox(employees=10, seed=7) as sandbox:
        settings: Any = sandbox.settings
        load(pipeline, **settings)
        with pipeline.sql_client() as client:
            client.execute_sql("ALTER TABLE workforce_leases DROP COLUMN format")
        assert load(pipeline, **settings).packages == 0
        asked = sandbox.counts()
        with pipeline.sql_client() as client:
            client.execute_sql("UPDATE workforce_leases SET format = 2")
            before = client.execute_sql("FROM workforce_leases ORDER BY ALL")
        with pytest.raises(ConfigError, match=r"loaded by a newer version \(format 2; this one"):
            load(pipeline, **settings)
        assert sandbox.counts() == asked
        with pipeline.sql_client() as client:
            assert client.execute_sql("FROM workforce_leases ORDER BY ALL") == before
            assert client.execute_sql("SELECT count(*) FROM load_audit") == [(2,)]
