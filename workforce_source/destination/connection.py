"""One open connection to a pipeline's dataset: how it spells names, rows out, statements in.

Only through dlt's `sql_client`, so what dlt can load into with SQL can be asked here.
"""

import copy
import threading
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any, Final

import dlt
from dlt.common.configuration.specs.base_configuration import is_hint_not_resolvable
from dlt.common.destination.client import JobClientBase
from dlt.common.schema import Schema
from dlt.destinations.dataset import get_destination_clients
from dlt.destinations.exceptions import DatabaseException
from dlt.destinations.sql_client import SqlClientBase, WithSqlClient

from workforce_source.destination.faults import is_full, retry
from workforce_source.destination.known import kind_of, require_usable
from workforce_source.exceptions import ConfigError, DestinationError
from workforce_source.settings import SECTION

ROWS_AT_ONCE: Final = 50_000
"""Rows fetched together at most."""


class Connection:
    """One open connection to the dataset of a pipeline.

    Args:
        client: dlt's client, open.
        schema: The schema whose naming convention spells tables and columns.
        config: The configuration of the destination.
    """

    def __init__(self, client: SqlClientBase[Any], schema: Schema, config: Any = None) -> None:
        self.config = config
        self._one_at_a_time = threading.Lock()
        self.client = client
        self._schema = schema
        self._naming = schema.naming

    @contextmanager
    def open(self) -> Iterator[None]:
        """Keep the client open for what is done within, by one thread at a time."""
        client: Any = self.client
        with self._one_at_a_time, ExitStack() as stack:
            retry(lambda: stack.enter_context(client))
            yield

    def by(self, client: SqlClientBase[Any]) -> "Connection":
        """Get the same dataset by another open client, in whatever transaction that has."""
        return Connection(client, self._schema)

    def table(self, name: str) -> str:
        """Get a table's name as it stands in a statement, its dataset before it."""
        return self.client.make_qualified_table_name(self._naming.normalize_table_identifier(name))

    def path(self, name: str = "", dataset: str | None = None) -> list[str]:
        """Get a name bare, from the outside in.

        Args:
            name: A table of the pipeline's dataset, or of the other; none for the dataset itself.
            dataset: Another dataset, whose names stand as they are given.
        """
        known = name if dataset or not name else self._naming.normalize_table_identifier(name)
        return self.client.make_qualified_table_name_path(
            known or None, quote=False, dataset_name=dataset
        )

    def column(self, name: str) -> str:
        """Get a column's name as it stands in a statement."""
        return self.client.escape_column_name(self._naming.normalize_identifier(name))

    def identifier(self, name: str) -> str:
        """Get a column's name bare, as the destination has it."""
        return self._naming.normalize_identifier(name)

    def columns(self, names: Iterable[str]) -> str:
        """Get columns' names as they stand in a statement, with commas."""
        return ", ".join(map(self.column, names))

    def rows(
        self, sql: str, *parameters: Any, most: int | None = None
    ) -> Iterator[tuple[Any, ...]]:
        """Get the rows of a query, fetched as they are used.

        Args:
            sql: The query, with `%s` where a parameter stands.
            parameters: The parameters, in order.
            most: Fetch no more rows than so many; all unless given.
        """
        with self.client.execute_query(sql, *parameters) as cursor:
            while rows := cursor.fetchmany(most or ROWS_AT_ONCE):
                yield from rows
                if most:
                    return

    def lacking(self, table: str, names: Iterable[str]) -> list[str]:
        """Get those of some columns that a table does not have.

        Args:
            table: A table that is there.
            names: Names of columns.
        """
        nothing = f"SELECT * FROM {self.table(table)} WHERE 1 = 0"  # noqa: S608 # our own names
        with self.client.execute_query(nothing) as cursor:
            there = {column[0].casefold() for column in cursor.native_cursor.description}
        return [n for n in names if self._naming.normalize_identifier(n).casefold() not in there]

    def unknown(self, table: str, names: Iterable[str]) -> list[str]:
        """Get those of some columns of which dlt does not know that a table has them.

        Args:
            table: A table; of one dlt does not know either, no column is unknown.
            names: Names of columns.
        """
        known = self._schema.tables.get(self._naming.normalize_table_identifier(table))
        columns = known and known["columns"]
        return [n for n in names if columns and self._naming.normalize_identifier(n) not in columns]

    def number(self, sql: str, *parameters: Any) -> int:
        """Get the one number a query answers with; 0 for null."""
        (row,) = self.rows(sql, *parameters, most=1)
        return int(row[0] or 0)

    def execute(self, sql: str, *parameters: Any) -> None:
        """Run a statement that has no rows to get."""
        self.client.execute_sql(sql, *parameters)


def is_a(destination: Any, kind: str) -> bool:
    """Tell whether a destination, or its configuration, is of a kind, as dlt names it."""
    return kind_of(destination) == kind


def client_of(pipeline: dlt.Pipeline) -> JobClientBase:
    """Get dlt's client for the destination of a pipeline, closed.

    Args:
        pipeline: The pipeline; that nothing was loaded with it yet is no hindrance.
    """
    if SECTION in pipeline.schema_names:
        return pipeline.destination_client(SECTION)
    if pipeline.schema_names:
        return pipeline.destination_client()
    # dlt would name a schema after the pipeline, which may have a name no schema can have
    client, _ = get_destination_clients(
        Schema(SECTION),
        pipeline.destination,
        pipeline.dataset_name,
        staging=pipeline.staging,
        staging_dataset_name=pipeline.dataset_name,
    )
    return client


def connection_to(pipeline: dlt.Pipeline) -> Connection:
    """Get a connection to the destination of a pipeline that its client opens and closes.

    Args:
        pipeline: The pipeline; that nothing was loaded with it yet is no hindrance.

    Raises:
        ConfigError: The destination cannot be loaded right.
    """
    require_usable(pipeline.destination)
    client = client_of(pipeline)
    if not isinstance(client, WithSqlClient):
        raise ConfigError(
            f"The destination {pipeline.destination.destination_name} cannot be queried with SQL,"
            " so nothing can be compared with it. Choose a SQL destination, such as duckdb,"
            " postgres, snowflake, bigquery, databricks or redshift."
        )
    return Connection(client.sql_client, client.schema, client.config)


@contextmanager
def resolve_once(pipeline: dlt.Pipeline, config: Any) -> Iterator[None]:
    """Let dlt take a configuration for the destination instead of asking for it again and again.

    dlt resolves it for each of its clients and whenever it asks what a destination can do: seventy
    times for a load package, each time from every source of settings, a tenth of what a small load
    takes. The destination you gave the pipeline is not touched: others may load with it meanwhile.

    Args:
        pipeline: The pipeline that loads within.
        config: The configuration of its destination, resolved.
    """
    given = pipeline.destination
    own = copy.copy(given)
    own.config_params = given.config_params | {
        name: getattr(config, name)
        for name, hint in config.get_resolvable_fields().items()
        if not is_hint_not_resolvable(hint)  # those are the pipeline's to say
    }
    pipeline.destination = own
    try:
        yield
    finally:
        pipeline.destination = given


@contextmanager
def connect(to: dlt.Pipeline | Connection) -> Iterator[Connection]:
    """Get the destination of a pipeline, open for the statements within.

    Args:
        to: The pipeline; that nothing was loaded with it yet is no hindrance. Or a connection to
            its destination that is not open.

    Raises:
        ConfigError: The destination cannot be loaded right.
        DestinationError: It cannot be reached, or refused a statement.
    """
    connection = to if isinstance(to, Connection) else connection_to(to)
    try:
        with connection.open():
            yield connection
    except DatabaseException as error:
        if is_full(error):
            raise DestinationError(
                "There is no room left for the destination's file. Nothing that was loaded is lost."
                " Make room, then run again."
            ) from error
        # the destination's own words may hold values of rows: they stay in the cause
        raise DestinationError(
            f"The destination refused a statement ({type(error.__cause__ or error).__name__})."
            " Nothing that was loaded is lost. Check that it is up and that the account may read"
            " and write the dataset; see what it says with --debug."
        ) from error
