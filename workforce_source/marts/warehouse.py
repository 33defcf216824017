"""The destination as the marts see it: two schemas, what is in them, statements and transactions.

Only through dlt's `sql_client`. Which marts there are is not known here.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final, Literal

import dlt
from dlt.common.destination.exceptions import SqlClientNotAvailable
from dlt.destinations.exceptions import DatabaseException
from dlt.destinations.sql_client import SqlClientBase

from workforce_source.exceptions import ConfigError, DestinationError
from workforce_source.marts.definitions import mentioned
from workforce_source.marts.dialect import Dialect, Statement, Value, values

SUFFIX: Final = "_marts"
"""What the schema of the marts is called after the name of the raw dataset."""

_SCHEMA: Final = "workforce"
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
    """One open connection to the destination.

    Args:
        client: dlt's client of the raw dataset.
        normalize: How the raw dataset spells the names of its tables.
    """

    def __init__(self, client: SqlClientBase[Any], normalize: Callable[[str], str]) -> None:
        self.client = client
        self._normalize = normalize
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
        raw = schema == "raw"
        return self.client.make_qualified_table_name_path(
            (self._normalize(table) if raw and table else table) or None,
            quote=False,
            dataset_name=None if raw else self.marts_schema,
        )

    def relations(self, schema: str) -> dict[str, Relation]:
        """Get the tables and views of the schema `raw` or `marts` by name in lower case."""
        *catalog, name = self.path(schema)
        information = "INFORMATION_SCHEMA"
        if self.dialect.name == "bigquery":
            information = f"`{name}`.{information}"
        where = "table_schema = %s" + (" AND table_catalog = %s" if catalog else "")
        found: dict[str, Relation] = {}
        for table, kind in self._rows(
            f"SELECT table_name, table_type FROM {information}.TABLES WHERE {where}",  # noqa: S608 # our own words
            name,
            *catalog,
        ):
            found[table.lower()] = Relation("VIEW" if "VIEW" in kind.upper() else "TABLE")
        for table, column, data_type in self._rows(
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

    def transaction(self) -> AbstractContextManager[Any]:
        """Hold all statements within together, where the destination can."""
        return self.client.begin_transaction() if self.transactional else nullcontext()

    def run(self, *statements: Statement) -> None:
        """Run statements."""
        for statement in statements:
            self.client.execute_sql(self.dialect.text(statement))

    def count(self, path: Sequence[str]) -> int:
        """Count the rows of a table or view."""
        query = self.dialect.count(path)
        return int(next(self._rows(self.dialect.text(query)))[0])

    def number(self, sql: str, as_of: date) -> int:
        """Get the one number a SELECT in DuckDB's dialect answers with."""
        row = next(self._rows(self.dialect.text(self.dialect.select(sql, as_of))))
        return int(row[0] or 0)

    def fetch(self, sql: str, as_of: date) -> list[tuple[Any, ...]]:
        """Get the rows of a SELECT in DuckDB's dialect."""
        return list(self._rows(self.dialect.text(self.dialect.select(sql, as_of))))

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
        wanted = set().union(*(mentioned(sql, schema) for sql in selects))
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

    def _rows(self, sql: str, *parameters: str) -> Iterator[tuple[Any, ...]]:
        with self.client.execute_query(sql, *parameters) as cursor:
            yield from cursor.fetchall()


@contextmanager
def connected(pipeline: dlt.Pipeline) -> Iterator[Warehouse]:
    """Get the destination of a pipeline, open for the statements within.

    Args:
        pipeline: The pipeline the organization was loaded with.

    Raises:
        ConfigError: The destination cannot be queried with SQL.
        DestinationError: It cannot be reached, or refused a statement.
    """
    name = _SCHEMA if _SCHEMA in pipeline.schema_names else ""
    normalize = pipeline.schemas[name].naming.normalize_table_identifier if name else str
    try:
        with pipeline.sql_client(name) as client:
            yield Warehouse(client, normalize)
    except SqlClientNotAvailable:
        raise ConfigError(
            f"The destination {pipeline.destination.destination_name} cannot be queried with SQL."
            " Choose a SQL destination, such as duckdb or postgres, or run with --no-marts."
        ) from None
    except DatabaseException as error:
        # the destination's own words may hold values of rows: they stay in the cause
        raise DestinationError(
            f"The destination refused a statement of the marts ({type(error).__name__}). See what"
            " it says with --debug; nothing that was loaded is lost."
        ) from error
