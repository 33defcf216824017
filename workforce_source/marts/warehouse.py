"""The destination as the marts see it: two schemas, what is in them, statements and transactions.

Which marts there are is not known here.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final, Literal

import dlt

from workforce_source.destination import Connection, connect
from workforce_source.exceptions import ConfigError
from workforce_source.marts.definitions import tables_in
from workforce_source.marts.dialect import Dialect, Statement, Value, values

SUFFIX: Final = "_marts"
"""What the schema of the marts is called after the name of the raw dataset."""

_ROWS_A_STATEMENT: Final = 500
_COMMENTS: Final = ("duckdb", "postgres", "redshift", "snowflake", "databricks")
_REPLACES: Final = ("duckdb", "snowflake", "bigquery", "databricks")


@dataclass
class Relation:
    """One table or view that is there.

    Attributes:
        kind: `TABLE` or `VIEW`.
        columns: Types by name in lower case, as the destination names them, in order.
    """

    kind: str
    columns: dict[str, str] = field(default_factory=dict)


class Warehouse:
    """One open connection to the destination, with the dialect of its SQL.

    Args:
        connection: The connection to the raw dataset.
    """

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.client = client = connection.client
        capabilities = client.capabilities
        self.marts_schema = f"{client.dataset_name}{SUFFIX}"
        # dlt says False only where there are none; an unset capability means they work
        self.transactional = capabilities.supports_transactions is not False and bool(
            capabilities.supports_ddl_transactions
        )
        self.dialect = Dialect(
            capabilities.sqlglot_dialect or "duckdb", self.path, capabilities.casefold_identifier
        )
        self.replaces = self.dialect.name in _REPLACES
        self.comments = self.dialect.name in _COMMENTS

    def path(self, schema: str, table: str = "") -> list[str]:
        """Get the name of a table of the schema `raw` or `marts`, from the outside in."""
        return self.connection.path(table, None if schema == "raw" else self.marts_schema)

    def relations(self, schema: str) -> dict[str, Relation]:
        """Get the tables and views of the schema `raw` or `marts` by name in lower case."""
        *catalog, name = self.path(schema)
        information = "INFORMATION_SCHEMA"
        if self.dialect.name == "bigquery":
            information = f"`{name}`.{information}"
        where = "table_schema = %s" + (" AND table_catalog = %s" if catalog else "")
        found: dict[str, Relation] = {}
        for table, kind in self.connection.rows(
            f"SELECT table_name, table_type FROM {information}.TABLES WHERE {where}",  # noqa: S608 # our own words
            name,
            *catalog,
        ):
            found[table.lower()] = Relation("VIEW" if "VIEW" in kind.upper() else "TABLE")
        for table, column, data_type in self.connection.rows(
            f"SELECT table_name, column_name, data_type FROM {information}.COLUMNS WHERE {where}"  # noqa: S608 # our own words
            " ORDER BY table_name, ordinal_position",
            name,
            *catalog,
        ):
            if table.lower() in found:
                found[table.lower()].columns[column.lower()] = data_type.lower()
        return found

    def make_marts_schema(self) -> None:
        """Make the schema of the marts unless it is there."""
        with self.client.with_alternative_dataset_name(self.marts_schema):
            if not self.client.has_dataset():
                self.client.create_dataset()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Hold all statements within together, where the destination can.

        On DuckDB and PostgreSQL they see the tables as they were when it began.
        """
        with self.client.begin_transaction() if self.transactional else nullcontext():
            if self.dialect.name == "postgres":
                self.connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
            yield

    def run(self, *statements: Statement) -> None:
        """Run statements."""
        for statement in statements:
            self.connection.execute(self.dialect.text(statement))

    def count(self, path: Sequence[str]) -> int:
        """Count the rows of a table or view."""
        return self.connection.number(self.dialect.text(self.dialect.count(path)))

    def number(self, sql: str, as_of: date) -> int:
        """Get the one number a SELECT in DuckDB's dialect answers with."""
        return self.connection.number(self.dialect.text(self.dialect.select(sql, as_of)))

    def fetch(self, sql: str, as_of: date) -> list[tuple[Any, ...]]:
        """Get the rows of a SELECT in DuckDB's dialect."""
        return list(self.connection.rows(self.dialect.text(self.dialect.select(sql, as_of))))

    def read_rows(self, path: Sequence[str], columns: Sequence[str]) -> list[tuple[Any, ...]]:
        """Get the rows of a table."""
        return list(self.connection.rows(self.dialect.text(self.dialect.read(path, columns))))

    def insert_rows(
        self, path: Sequence[str], columns: Sequence[str], rows: Sequence[Sequence[Value]]
    ) -> None:
        """Insert rows into a table."""
        for start in range(0, len(rows), _ROWS_A_STATEMENT):
            some = rows[start : start + _ROWS_A_STATEMENT]
            self.run(self.dialect.insert(path, columns, values(some)))

    def require(self, schema: Literal["raw", "marts"], *selects: str) -> None:
        """Check that the tables of a schema that some SELECTs read are there.

        Raises:
            ConfigError: Tables are missing; the message says which and what makes them.
        """
        there = self.relations(schema)
        wanted = set().union(*(tables_in(sql, schema) for sql in selects))
        missing = sorted(t for t in wanted if self.path(schema, t)[-1].lower() not in there)
        if missing:
            first = {
                "raw": "load the organization, with all its resources",
                "marts": "build the marts: run the main job without --no-marts",
            }[schema]
            raise ConfigError(
                f"In the schema {self.path(schema)[-1]} these tables are missing:"
                f" {', '.join(missing)}. First {first}."
            )


@contextmanager
def open_warehouse(pipeline: dlt.Pipeline) -> Iterator[Warehouse]:
    """Get the destination of a pipeline, open for the statements within.

    Args:
        pipeline: The pipeline the organization was loaded with.

    Raises:
        ConfigError: The destination cannot be queried with SQL.
        DestinationError: It cannot be reached, or refused a statement.
    """
    with connect(pipeline) as connection:
        yield Warehouse(connection)
