"""The page of the tables, and what the destination itself says of them."""

from pathlib import Path
from typing import Any

import dlt
import pytest

from workforce_source import load
from workforce_source.marts import build_marts
from workforce_source.sandbox import Sandbox
from workforce_source.tables import TABLES
from workforce_source.tables.own import AUDIT_COLUMNS, LEASE_COLUMNS
from workforce_source.tables.pages import reference

PAGE = Path(__file__).parents[2] / "docs" / "tables.md"
OF_DUCKDB = """
select table_name, column_name, comment from duckdb_columns()
where schema_name = 'commented' and not internal
"""
OF_POSTGRES = """
select c.relname, a.attname, col_description(c.oid, a.attnum)
from pg_attribute a join pg_class c on c.oid = a.attrelid
where a.attnum > 0 and c.relkind = 'r' and c.relnamespace = 'commented'::regnamespace
"""


def test_the_page_is_made_from_the_definitions() -> None:
    """`python3 run.py -m workforce_source.tables docs/tables.md` writes it anew."""
    assert PAGE.read_text(encoding="utf-8") == reference()


@pytest.mark.parametrize(
    "query",
    [OF_DUCKDB, pytest.param(OF_POSTGRES, marks=[pytest.mark.postgres, pytest.mark.search])],
    ids=["duckdb", "postgres"],
)
def test_the_raw_tables_say_what_they_are(
    query: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    """Each column of ours has the words of its definition, also where they were others."""
    if query is OF_DUCKDB:
        destination: Any = dlt.destinations.duckdb(str(tmp_path / "w.duckdb"))
    else:
        destination = dlt.destinations.postgres(request.getfixturevalue("postgres_url"))
    pipeline = dlt.pipeline(
        "workforce",
        destination=destination,
        dataset_name="commented",
        pipelines_dir=str(tmp_path),
    )
    with Sandbox(employees=10, seed=7) as sandbox:
        settings: Any = sandbox.settings
        load(pipeline, **settings)
    with pipeline.sql_client() as client:
        client.execute_sql("comment on column commented.employees.email is 'wrong'")
    build_marts(pipeline)
    with pipeline.sql_client() as client:
        said = {(t, c): text for t, c, text in client.execute_sql(query) or ()}
    wanted = {(t.name, c.name): c.description for t in TABLES for c in t.all_columns}
    wanted |= {("load_audit", name): text for name, (_, text) in AUDIT_COLUMNS.items()}
    wanted |= {("workforce_leases", name): text for name, (_, text) in LEASE_COLUMNS.items()}
    assert {key: said.get(key) for key in wanted} == wanted
