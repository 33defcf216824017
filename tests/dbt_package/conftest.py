"""The hand-made organization of the marts' tests, in DuckDB and PostgreSQL."""

from tests.marts.conftest import built, pipelines

__all__ = ["built", "pipelines"]
