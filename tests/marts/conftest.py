"""The hand-made organization in DuckDB and PostgreSQL, its marts built once for all tests."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import dlt
import pytest
from dlt.destinations.impl.duckdb.configuration import DuckDbCredentials
from dlt.destinations.impl.postgres.configuration import PostgresCredentials

from tests.marts import acme, raw
from workforce_source.marts import MartsResult, build_marts

Pipelines = Callable[[str], dlt.Pipeline]
"""Gets a pipeline into a dataset of its own, by name."""

LOS_ANGELES = "America/Los_Angeles"
DESTINATIONS = ["duckdb", pytest.param("postgres", marks=pytest.mark.postgres)]


@dataclass(frozen=True)
class Built:
    """A pipeline whose marts are built, and its tables for reading."""

    pipeline: dlt.Pipeline
    result: MartsResult
    client: Any = None
    """Asked instead of a new one, where the database stays open: opening it costs most."""

    def rows(self, mart: str, columns: str = "*", where: str = "1 = 1") -> list[tuple[Any, ...]]:
        """Get some rows of a mart, sorted."""
        found = self.sql(f"SELECT {columns} FROM marts.{mart} WHERE {where}")
        return sorted(found, key=lambda row: [(value is None, str(value)) for value in row])

    def sql(self, sql: str) -> list[tuple[Any, ...]]:
        """Get the rows of a statement, in which the schema of the marts is `marts`."""
        sql = re.sub(r"\bmarts\.", f"{self.pipeline.dataset_name}_marts.", sql)
        if self.client:
            rows = self.client.execute_sql(sql)
        else:
            with self.pipeline.sql_client() as client:
                rows = client.execute_sql(sql)
        return [tuple(row) for row in rows or ()]


_DUCKDB_IS_ENOUGH = (
    "test_build.py",
    "test_checks.py",
    "test_conservation.py",
    "test_publish.py",
    "test_naming.py",
    "test_renewals.py",
)
"""What these modules say is tried on DuckDB; on PostgreSQL in the search.

That PostgreSQL answers as DuckDB does is what `test_marts_by_hand` and
`test_metadata` show.
"""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Leave further destinations of one behaviour to the search."""
    for item in items:
        ours = item.path.parent == Path(__file__).parent and item.path.name in _DUCKDB_IS_ENOUGH
        if ours and item.get_closest_marker("postgres"):
            item.add_marker(pytest.mark.search)


@pytest.fixture(scope="session", params=DESTINATIONS)
def pipelines(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Pipelines:
    """Pipelines into one destination after the other; their sessions are not in UTC."""
    folder: Path = tmp_path_factory.mktemp("marts")

    def pipeline(name: str) -> dlt.Pipeline:
        credentials: Any
        if request.param == "postgres":
            credentials = PostgresCredentials(request.getfixturevalue("postgres_url"))
            credentials.session_timezone = LOS_ANGELES
            destination: Any = dlt.destinations.postgres(credentials)
        else:
            credentials = DuckDbCredentials(
                str(folder / f"{name}_file.duckdb"), session_timezone=LOS_ANGELES
            )
            destination = dlt.destinations.duckdb(credentials)
        return dlt.pipeline(
            name, destination=destination, dataset_name=name, pipelines_dir=str(folder / "state")
        )

    return pipeline


def built_by_hand(pipelines: Pipelines) -> Built:
    """Build the marts of the hand-made organization."""
    pipeline = pipelines("by_hand")
    raw.write(pipeline, acme.ROWS)
    result = build_marts(pipeline, as_of=acme.AS_OF, today=acme.AS_OF, seeds=acme.SEEDS)
    return Built(pipeline, result)


@pytest.fixture(scope="session")
def built(pipelines: Pipelines) -> Iterator[Built]:
    """The marts of the hand-made organization, held open."""
    made = built_by_hand(pipelines)
    with made.pipeline.sql_client() as client:
        yield replace(made, client=client)
