"""Raw tables written straight into a destination, with the columns the loader gives them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import dlt

from workforce_source.tables import TABLE_BY_NAME, TABLES

Rows = Mapping[str, Sequence[Mapping[str, Any]]]
"""Rows by table; a column that is not given is null."""

_TYPES = {
    "text": "text",
    "bigint": "bigint",
    "bool": "boolean",
    "timestamp": "timestamp with time zone",
    "date": "date",
}
_ROWS_A_STATEMENT = 200


def write(pipeline: dlt.Pipeline, rows: Rows) -> None:
    """Make every raw table anew and fill it."""
    with pipeline.sql_client() as client, client.begin_transaction():
        if not client.has_dataset():
            client.create_dataset()
        for table in TABLES:
            name = client.make_qualified_table_name(table.name)
            columns = ", ".join(f'"{c.name}" {_TYPES[c.type]}' for c in table.all_columns)
            client.execute_sql(f"DROP TABLE IF EXISTS {name}")
            client.execute_sql(f"CREATE TABLE {name} ({columns})")
        for table_name, some in rows.items():
            _insert(client, table_name, some)


def write_table(pipeline: dlt.Pipeline, table_name: str, rows: Sequence[Mapping[str, Any]]) -> None:
    """Put other rows into one raw table."""
    with pipeline.sql_client() as client, client.begin_transaction():
        client.execute_sql(f"DELETE FROM {client.make_qualified_table_name(table_name)}")
        _insert(client, table_name, rows)


def _insert(client: Any, table_name: str, rows: Sequence[Mapping[str, Any]]) -> None:
    names = [column.name for column in TABLE_BY_NAME[table_name].all_columns]
    for row in rows:
        assert set(row) <= set(names), f"{table_name} has no column {set(row) - set(names)}"
    into = client.make_qualified_table_name(table_name)
    one = f"({', '.join('%s' for _ in names)})"
    for start in range(0, len(rows), _ROWS_A_STATEMENT):
        some = rows[start : start + _ROWS_A_STATEMENT]
        values = [row.get(name) for row in some for name in names]
        client.execute_sql(f"INSERT INTO {into} VALUES {', '.join(one for _ in some)}", *values)
