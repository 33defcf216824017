"""One DuckDB for all connections of a run to a DuckLake. What is in the lake is not known here."""

import copy
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import dlt
from dlt.destinations.impl.duckdb.configuration import DuckDbConnectionPool
from dlt.destinations.impl.duckdb.sql_client import DuckDbSqlClient

from workforce_source.destination.connection import connection_to, is_a


@contextmanager
def share_lake(pipeline: dlt.Pipeline) -> Iterator[None]:
    """Let all connections within share a DuckDB that has the lake attached; nothing elsewhere.

    dlt starts a DuckDB for each connection, which loads the extensions and attaches the catalog:
    half a second each, thirty of them a run. A catalog that is a DuckDB file can be attached by
    one DuckDB only, and the lease has a connection of its own.

    The destination you gave the pipeline is not touched: others may load with it meanwhile.

    Args:
        pipeline: The pipeline that loads meanwhile.

    Raises:
        DltException: The lake cannot be attached.
    """
    given = pipeline.destination
    if not is_a(given, "ducklake"):
        yield
        return
    holder: Any = connection_to(pipeline).client
    pool = holder.credentials.conn_pool = DuckDbConnectionPool(holder.credentials)
    own: Any = copy.copy(given)
    own.client = _sharing(pipeline, pool)
    # the last to close, and so the one that detaches the lake
    with holder:
        pipeline.destination = own
        try:
            yield
        finally:
            pipeline.destination = given


def _sharing(pipeline: dlt.Pipeline, pool: DuckDbConnectionPool) -> Any:
    make: Any = type(pipeline.destination).client

    def client(*arguments: Any, **named: Any) -> Any:
        # the destination of the moment, which may be a copy with parameters of its own
        made = make(pipeline.destination, *arguments, **named)
        made.config.credentials.conn_pool = pool
        _leave_attached(made.sql_client)
        return made

    return client


def _leave_attached(client: Any) -> None:
    """Neither attach the lake with each connection nor detach it, for all others, with its end."""
    lake = client.capabilities.escape_identifier(client.credentials.ducklake_name)

    def open_connection() -> Any:
        connection = DuckDbSqlClient.open_connection(client)
        connection.execute(f"USE {lake}")
        return connection

    client.open_connection = open_connection
    client.close_connection = partial(DuckDbSqlClient.close_connection, client)
