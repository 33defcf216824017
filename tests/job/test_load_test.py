"""`--check --load-test`: what it finds, and that nothing is left."""

from collections.abc import Iterator
from pathlib import Path

import dlt
import pytest

from tests.tools.loaded import Loaded
from tests.tools.main_job import account, personal_data_in, run_job
from workforce_source.job.comparison import compare
from workforce_source.sandbox import Sandbox


@pytest.mark.search  # two loads into PostgreSQL
@pytest.mark.postgres
def test_a_load_test_loads_compares_and_leaves_nothing(
    tmp_path: Path, postgres_url: str, sandbox: Sandbox
) -> None:
    """A first load, one after changes, one after none, the marts; each line is ok."""
    variables = account(sandbox) | {"DESTINATION__POSTGRES__CREDENTIALS": postgres_url}
    # what the account's own loads leave out is not left out of invented people
    variables |= {"SOURCES__WORKFORCE__EXCLUDE_COLUMNS": '["employees.email"]'}
    flags = "--destination", "postgres", "--dataset", "credly_tried", "--check", "--load-test"
    done = run_job(tmp_path, *flags, variables=variables)
    assert done.returncode == 0, done.stdout + done.stderr
    lines = done.stdout.splitlines()
    for name in ("first load", "after changes", "nothing changed", "marts", "cleaning up"):
        assert any(line.startswith(f"ok       {name} ") for line in lines), done.stdout
    assert done.stdout.count("rows in 7 tables, all equal; an empty text is NULL there") == 2
    (report,) = [line for line in lines if line.startswith("To report")]
    assert "destination postgres: exit code 0" in report
    assert personal_data_in(done.stdout + done.stderr, sandbox) == set()
    pipeline = dlt.pipeline(
        "left",
        destination=dlt.destinations.postgres(postgres_url),
        dataset_name="credly_tried",
        pipelines_dir=str(tmp_path / "state"),
    )
    with pipeline.sql_client() as client:
        names = client.execute_sql(
            "SELECT schema_name FROM information_schema.schemata"
            " WHERE schema_name LIKE 'credly_tried%%'"
        )
    assert not names
    # the account is asked what a check asks, and no more
    assert sum(sandbox.counts().values()) <= 8


def test_a_load_test_of_what_cannot_be_written_fails_at_once(
    tmp_path: Path, sandbox: Sandbox
) -> None:
    """The failed line has the next step."""
    (tmp_path / "notes").write_text("a file", encoding="utf-8")
    elsewhere = {"DESTINATION__DUCKDB__CREDENTIALS": "notes/workforce.duckdb"}
    done = run_job(tmp_path, "--check", "--load-test", variables=account(sandbox) | elsewhere)
    assert done.returncode == 1
    assert "failed   destination" in done.stdout
    assert "failed   load test" in done.stdout
    assert "exit code 1" in done.stdout


def test_a_load_test_keeps_out_of_a_staging_dataset_others_use(
    tmp_path: Path, sandbox: Sandbox
) -> None:
    """Loads into other datasets merge through it meanwhile."""
    shared = {"DESTINATION__DUCKDB__STAGING_DATASET_NAME_LAYOUT": "everybody_s"}
    done = run_job(tmp_path, "--check", "--load-test", variables=account(sandbox) | shared)
    assert done.returncode == 2, done.stdout + done.stderr
    assert "failed   load test        staging_dataset_name_layout" in done.stdout
    assert not (tmp_path / "workforce.duckdb").exists()


@pytest.fixture(scope="module")
def loaded() -> Iterator[Loaded]:
    """An organization loaded into DuckDB."""
    loaded = Loaded(employees=20)
    yield loaded
    loaded.close()


@pytest.mark.parametrize(
    ("statement", "found"),
    [
        ("UPDATE {employees} SET job_family = 'another'", ["employees: 20 values of job_family"]),
        ("INSERT INTO {employees} SELECT * FROM {employees}", ["employees: 20 rows doubled"]),
        ("DELETE FROM {employees}", ["employees: 20 rows missing"]),
        ("UPDATE {employees} SET photo_url = 'another'", []),
    ],
)
def test_a_comparison_counts_what_differs(statement: str, found: list[str], loaded: Loaded) -> None:
    """By table and column, and never a value; an address of a photo may be as of the last write."""
    history = loaded.copy()
    try:
        pipeline = history.pipeline()
        with pipeline.sql_client() as client:
            name = client.make_qualified_table_name("employees")
            client.execute_sql(statement.format(employees=name))
        compared = compare(pipeline, history.sandbox.truth())
        assert compared.differing == found
        assert compared.rows > 0
    finally:
        history.close()
