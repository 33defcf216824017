"""The organization of the questions, loaded once; and the same rows in PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator

import dlt
import pytest
from dlt.destinations.impl.postgres.configuration import PostgresCredentials

from tests.questions.organization import DATASET, Organization, organization

DESTINATIONS = ["duckdb", pytest.param("postgres", marks=pytest.mark.postgres)]


@pytest.fixture(scope="session")
def told() -> Iterator[Organization]:
    """Two weeks of an organization in DuckDB."""
    with organization() as told:
        yield told


@pytest.fixture(scope="session", params=DESTINATIONS)
def destination(
    request: pytest.FixtureRequest, told: Organization, tmp_path_factory: pytest.TempPathFactory
) -> dlt.Pipeline:
    """One destination after the other, with the same rows."""
    if request.param == "duckdb":
        return told.pipeline
    credentials = PostgresCredentials(request.getfixturevalue("postgres_url"))
    pipeline = dlt.pipeline(
        "questions",
        destination=dlt.destinations.postgres(credentials),
        dataset_name=DATASET,
        pipelines_dir=str(tmp_path_factory.mktemp("state")),
    )
    told.repeat(pipeline)
    return pipeline
