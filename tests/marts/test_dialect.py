"""Every statement of the marts in the dialects of warehouses that cannot be run here.

That sqlglot writes each statement without leaving anything out, and reads back what it wrote, is
all that is shown of most. DuckDB and PostgreSQL are executed by the other tests.
"""

from __future__ import annotations

from datetime import date

import duckdb
import pytest
import sqlglot
from sqlglot import exp

from workforce_source.marts import CHECKS, MARTS
from workforce_source.marts.definitions import SEEDS
from workforce_source.marts.dialect import Dialect, literal, values
from workforce_source.tables.text import SPACES, UNSEEN, trimmed

AS_OF = date(2026, 11, 24)
WAREHOUSES = ["postgres", "snowflake", "bigquery", "redshift", "databricks", "tsql"]
SELECTS = {mart.name: mart.select for mart in MARTS} | {check.name: check.sql for check in CHECKS}


def dialect_of(name: str) -> Dialect:
    """A dialect whose tables are in `lake.SCHEMA`, spelled as Snowflake would where it is that."""
    spelled = str.upper if name == "snowflake" else str
    return Dialect(name, lambda schema, table: [spelled(f"x_{schema}"), spelled(table)], spelled)


@pytest.mark.parametrize("select", SELECTS.values(), ids=SELECTS.keys())
@pytest.mark.parametrize("warehouse", WAREHOUSES)
def test_every_select_is_written_for_every_warehouse(warehouse: str, select: str) -> None:
    """Nothing is left out, parameters are filled in, and the result parses again."""
    dialect = dialect_of(warehouse)
    query = dialect.select(select, AS_OF)
    text = dialect.text(dialect.create("TABLE", ["x_marts", "made"], query))
    assert "$" not in text
    again = sqlglot.parse_one(text, read=warehouse)
    schemas = {table.db.lower() for table in again.find_all(exp.Table) if table.db}
    assert schemas <= {"x_raw", "x_marts"}


@pytest.mark.parametrize("select", SELECTS.values(), ids=SELECTS.keys())
def test_only_the_portable_part_of_sql_is_used(select: str) -> None:
    """No regular expressions, intervals, FILTER, QUALIFY, ordinals or clock: they differ."""
    query = sqlglot.parse_one(select, read="duckdb")
    unwelcome = (exp.RegexpLike, exp.RegexpReplace, exp.Interval, exp.Filter, exp.Qualify)
    assert not list(query.find_all(*unwelcome, exp.CurrentDate, exp.CurrentTimestamp))
    assert not list(query.find_all(exp.Anonymous)), "a function sqlglot does not know"
    for group in query.find_all(exp.Group):
        assert not any(isinstance(by, exp.Literal) for by in group.expressions)


@pytest.mark.parametrize("warehouse", ["duckdb", *WAREHOUSES])
def test_every_other_statement_is_written_too(warehouse: str) -> None:
    """Creating, filling, emptying and dropping tables and views."""
    dialect = dialect_of(warehouse)
    seed = SEEDS[0]
    path = ["x_marts", seed.name]
    rows = values([("it's", "a \\ b", None, "ü")])
    for statement in (
        dialect.create_empty(path, [(c.name, c.type) for c in seed.columns]),
        dialect.insert(path, seed.column_names, rows),
        dialect.delete(path),
        dialect.delete(path, "snapshot_date", AS_OF),
        dialect.drop("VIEW", path),
        dialect.create("VIEW", path, dialect.select("select 1 as one", AS_OF)),
        dialect.count(path),
    ):
        sqlglot.parse_one(dialect.text(statement), read=warehouse)


def test_names_are_quoted_and_spelled_as_the_destination_does() -> None:
    """A reserved word is only a name, and Snowflake finds its own upper-case columns."""
    dialect = dialect_of("snowflake")
    text = dialect.text(dialect.select("select b.public from raw.employee_badges b", AS_OF))
    assert text == 'SELECT "B"."PUBLIC" FROM "X_RAW"."EMPLOYEE_BADGES" AS "B"'


@pytest.mark.parametrize("text", ["it's", "a \\ b", "'; drop table x; --", "line\nbreak", "ü"])
def test_what_people_write_stays_a_value(text: str) -> None:
    """A literal read back is what was written, whatever is in it."""
    for warehouse in WAREHOUSES:
        written = dialect_of(warehouse).text(exp.select(literal(text)))
        (found,) = sqlglot.parse_one(written, read=warehouse).find_all(exp.Literal)
        assert found.this == text


@pytest.mark.parametrize("spelled_for", ["duckdb", "postgres"])
def test_a_text_is_trimmed_alike_by_pattern_and_by_character(spelled_for: str) -> None:
    """Each space and each unseen character, alone, around and within, goes as it does in Python."""
    texts = ["", " ", "plain", "a  b", "developed by v f t n", "[a-z]^\\d", *SPACES, *UNSEEN]
    texts += [f"{c}a{c}{c} v{c}" for c in SPACES + UNSEEN + "vftnrx\\0"]
    texts += [f"a{' ' * n}b{' ' * n}c{' ' * n}" for n in range(9)]
    expression = dialect_of(spelled_for).expression("trim(x)")
    with duckdb.connect() as connection:
        found = connection.execute(
            f"SELECT x, {expression} FROM (SELECT unnest(?) AS x)", [texts]
        ).fetchall()
    assert dict(found) == {text: trimmed(text) for text in texts}
