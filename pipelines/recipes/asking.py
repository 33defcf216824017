"""Asks a published file the statements in sql/; knows DuckDB and the file, and no app.

They are whole statements, so that they can be pasted into any other tool as they stand.
"""

from pathlib import Path
from typing import Any

import duckdb

SQL = Path(__file__).parent / "sql"
DIMENSIONS = (
    "department",
    "team",
    "job_family",
    "organization_level_1",
    "organization_level_2",
    "organization_level_3",
    "country",
    "location",
)
"""What groups are formed by, beside `all`."""

Rows = list[dict[str, Any]]


def ask(file: str | Path, name: str, **equal: str) -> Rows:
    """Get the rows of a statement, in its order.

    The file is opened for each question: a publish puts a new one in its place, and a connection
    that stays open would go on reading the old one.

    Args:
        file: The published file.
        name: The statement, as its file in sql/ is named.
        equal: Columns, and the value that each must have.

    Raises:
        FileNotFoundError: There is no such file; the message says how to make one.
    """
    if not Path(file).is_file():
        raise FileNotFoundError(
            f"There is no file {file}. The main job writes one: --publish {Path(file).name}"
        )
    statement = (SQL / f"{name}.sql").read_text(encoding="utf-8")
    with duckdb.connect(str(file), read_only=True) as connection:
        found = connection.sql(statement)
        for column, value in equal.items():
            found = found.filter(
                duckdb.ColumnExpression(column) == duckdb.ConstantExpression(value)
            )
        return [dict(zip(found.columns, row, strict=True)) for row in found.fetchall()]
