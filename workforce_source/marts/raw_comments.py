"""Comments on the raw tables: the words of their definitions, where the destination keeps such.

Only what is not said yet is written. What may not be in here: the words.
"""

from collections.abc import Iterator
from contextlib import suppress
from typing import Final

from dlt.common.exceptions import DltException

from workforce_source.marts.warehouse import Warehouse
from workforce_source.tables import TABLES
from workforce_source.tables.own import OWN_TABLES

_SAID: Final = {
    "duckdb": """
SELECT table_name, column_name, comment FROM duckdb_columns() WHERE schema_name = %s
UNION ALL SELECT table_name, '', comment FROM duckdb_tables() WHERE schema_name = %s
""",
    "postgres": """
SELECT c.relname, a.attname, col_description(c.oid, a.attnum) FROM pg_class c
JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
WHERE c.relkind = 'r' AND c.relnamespace = to_regnamespace(%s)
UNION ALL SELECT relname, '', obj_description(oid, 'pg_class') FROM pg_class
WHERE relkind = 'r' AND relnamespace = to_regnamespace(%s)
""",
}
"""What is said of each column of a schema, and of each table with no name of a column."""


def comment_raw(warehouse: Warehouse) -> None:
    """Say of every raw table and column what it is, where that is not said yet.

    Args:
        warehouse: The open destination; only DuckDB and PostgreSQL are told.
    """
    query = _SAID.get(warehouse.dialect.name)
    if query is None:
        return
    schema = warehouse.path("raw")[-1]
    said = {
        (table, name): text
        for table, name, text in warehouse.connection.rows(query, schema, schema)
    }
    statements = []
    for table, name, text in _words():
        *outer, known = warehouse.path("raw", table)
        column = warehouse.connection.identifier(name) if name else ""
        if (known, column) in said and said[known, column] != text:
            path = [*outer, known]
            statements.append(warehouse.dialect.comment("TABLE", path, text, column))
    with suppress(DltException):  # of somebody else's tables only the owner may say something
        warehouse.run(*statements)


def _words() -> Iterator[tuple[str, str, str]]:
    for table in TABLES:
        yield table.name, "", f"One row is {table.grain}."
        yield from ((table.name, column.name, column.description) for column in table.all_columns)
        yield table.name, "_dlt_load_id", "The load package the row came with."
    for name, (grain, columns) in OWN_TABLES.items():
        yield name, "", f"One row is {grain}."
        yield from ((name, column, text) for column, (_, text) in columns.items())
