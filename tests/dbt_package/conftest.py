"""The hand-made organization of the marts' tests, in DuckDB and PostgreSQL."""

import pytest

from tests.marts.conftest import Built, Pipelines, built_by_hand, pipelines

__all__ = ["built", "pipelines"]


@pytest.fixture(scope="session")
def built(pipelines: Pipelines) -> Built:
    """Its marts, in a file that is closed: dbt is another process, and opens it."""
    return built_by_hand(pipelines)
