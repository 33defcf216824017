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
    "position_title",
    "job_family",
    "organization_level_1",
    "organization_level_2",
    "organization_level_3",
    "country",
    "location",
)
"""What groups are formed by, beside `all`."""

WHERE_MARTS_ARE = "SELECT schema_name FROM duckdb_tables() WHERE table_name = 'dim_employee'"

Rows = list[dict[str, Any]]


def missing(file: str | Path) -> str | None:
    """Say that there is no such file and how to make one; None if there is."""
    if Path(file).is_file():
        return None
    return f"There is no file {file}. The main job writes one: --publish {Path(file).name}"


def ask(file: str | Path, name: str, **equal: str) -> Rows:
    """Get the rows of a statement, in its order.

    The file is opened for each question: a publish puts a new one in its place, and a connection
    that stays open would go on reading the old one. Marts of a dataset that is not named `credly`
    are found where they are.

    Args:
        file: The published file.
        name: The statement, as its file in sql/ is named.
        equal: Columns, and the value that each must have.

    Raises:
        FileNotFoundError: There is no such file; the message says how to make one.
        LookupError: There are no marts in it.
    """
    if said := missing(file):
        raise FileNotFoundError(said)
    statement = (SQL / f"{name}.sql").read_text(encoding="utf-8")
    with duckdb.connect(str(file), read_only=True) as connection:
        schemas = connection.execute(WHERE_MARTS_ARE).fetchall()
        if not schemas:
            raise LookupError(f"There are no marts in {file}. Is it what --publish wrote?")
        found = connection.sql(statement.replace("credly_marts.", f'"{schemas[0][0]}".'))
        for column, value in equal.items():
            found = found.filter(
                duckdb.ColumnExpression(column) == duckdb.ConstantExpression(value)
            )
        return [dict(zip(found.columns, row, strict=True)) for row in found.fetchall()]
