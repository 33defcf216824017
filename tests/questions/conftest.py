"""The organization of the questions, loaded once; and the same rows in PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator

import dlt
import pytest
from dlt.destinations.impl.postgres.configuration import PostgresCredentials

from tests.questions.organization import DATASET, Organization, organization

DESTINATIONS = [
    "duckdb",
    pytest.param("postgres", marks=[pytest.mark.postgres, pytest.mark.search]),
]


@pytest.fixture(scope="session")
def told() -> Iterator[Organization]:
    """Two weeks of an organization in DuckDB."""
    with organization() as told:
        yield told


@pytest.fixture(scope="session")
def in_postgres(
    told: Organization, postgres_url: str, tmp_path_factory: pytest.TempPathFactory
) -> dlt.Pipeline:
    """The same rows in PostgreSQL."""
    pipeline = dlt.pipeline(
        "questions",
        destination=dlt.destinations.postgres(PostgresCredentials(postgres_url)),
        dataset_name=DATASET,
        pipelines_dir=str(tmp_path_factory.mktemp("state")),
    )
    told.repeat(pipeline)
    return pipeline


@pytest.fixture(scope="session", params=DESTINATIONS)
def destination(request: pytest.FixtureRequest, told: Organization) -> dlt.Pipeline:
    """One destination after the other, with the same rows."""
    if request.param == "duckdb":
        return told.pipeline
    pipeline: dlt.Pipeline = request.getfixturevalue("in_postgres")
    return pipeline
