"""What `marts.toml` says of the marts against what is in them."""

from __future__ import annotations

import pytest

from tests.marts.conftest import Built
from workforce_source.marts import MARTS, Mart
from workforce_source.marts.definitions import COLUMNS, SEEDS, SHAREABLE
from workforce_source.tables import TABLE_BY_NAME

TYPES = {
    "text": {"VARCHAR", "text"},
    "int": {"INTEGER", "integer"},
    "bigint": {"BIGINT", "bigint"},
    "double": {"DOUBLE", "double precision"},
    "decimal": {"DECIMAL(18,2)", "numeric"},
    "date": {"DATE", "date"},
    "timestamp": {"TIMESTAMP WITH TIME ZONE", "timestamp with time zone"},
}
BY_NAME = {mart.name: mart for mart in (*MARTS, *SEEDS)}

every_mart = pytest.mark.parametrize("mart", MARTS, ids=lambda mart: mart.name)


@every_mart
def test_columns_and_types_are_as_described(mart: Mart, built: Built) -> None:
    """The table has the columns of the metadata, in order and of the types it names."""
    found = built.sql(
        "SELECT column_name, data_type FROM information_schema.columns"
        f" WHERE table_schema = '{built.pipeline.dataset_name}_marts'"
        f" AND table_name = '{mart.name}' ORDER BY ordinal_position"
    )
    assert [name for name, _ in found] == list(mart.column_names)
    wrong = {name: type_ for name, type_ in found if type_ not in TYPES[COLUMNS[name].type]}
    assert wrong == {}


@every_mart
def test_no_two_rows_share_a_key(mart: Mart, built: Built) -> None:
    """The grain is what the key says."""
    keys = built.rows(mart.name, ", ".join(mart.key))
    assert keys
    assert len(set(keys)) == len(keys)


@every_mart
def test_values_are_those_that_are_allowed(mart: Mart, built: Built) -> None:
    """Nothing is null that may not be, and a column with listed values has no other."""
    columns = zip(*built.rows(mart.name, ", ".join(c.name for c in mart.columns)), strict=True)
    for column, values in zip(mart.columns, map(set, columns), strict=True):
        assert column.nullable or None not in values, column.name
        if column.values:
            assert values - {None} <= set(column.values), column.name


@every_mart
def test_references_lead_somewhere(mart: Mart, built: Built) -> None:
    """What a row refers to is there, in the table the metadata names."""
    for column, table in mart.references().items():
        key = BY_NAME[table].key
        assert set(key) <= set(mart.column_names), (column, table)
        on = " AND ".join(f"t.{name} = m.{name}" for name in key)
        lost = built.sql(
            f"SELECT count(*) FROM marts.{mart.name} m LEFT JOIN marts.{table} t ON {on}"
            f" WHERE m.{column} IS NOT NULL AND t.{column} IS NULL"
        )
        assert lost == [(0,)], (column, table)


@every_mart
def test_every_row_says_for_which_day_it_is_made(mart: Mart, built: Built) -> None:
    """`as_of` is a column of every mart."""
    assert built.rows(mart.name, "DISTINCT as_of") == [(built.result.as_of,)]


@every_mart
def test_tables_and_columns_carry_their_comments(mart: Mart, built: Built) -> None:
    """A tool that shows comments shows what the metadata says."""
    schema = f"{built.pipeline.dataset_name}_marts"
    if built.pipeline.destination.destination_name == "postgres":
        place = f"'{schema}.{mart.name}'::regclass"
        table = f"SELECT obj_description({place})"
        columns = (
            "SELECT attname, col_description(attrelid, attnum) FROM pg_attribute"
            f" WHERE attrelid = {place} AND attnum > 0"
        )
    else:
        where = f"WHERE schema_name = '{schema}' AND table_name = '{mart.name}'"
        table = f"SELECT comment FROM duckdb_tables() {where}"
        columns = f"SELECT column_name, comment FROM duckdb_columns() {where}"
    assert built.sql(table) == [(mart.description,)]
    assert dict(built.sql(columns)) == {c.name: c.description for c in mart.columns}


@every_mart
def test_example_questions_are_answered(mart: Mart, built: Built) -> None:
    """The SQL of every example question runs and finds something in the hand-made organization."""
    for question in mart.questions:
        assert question.ask.endswith("?")
        assert built.sql(question.sql), question.ask


def test_the_grain_is_the_first_line_of_every_file() -> None:
    """Who opens a file reads first what one row is."""
    for mart in MARTS:
        assert mart.select.startswith("-- grain: "), mart.name
        assert mart.grain


def test_shareable_columns_are_columns_of_the_raw_tables() -> None:
    """What is published of the raw tables exists, and every raw table is considered."""
    assert set(SHAREABLE) == set(TABLE_BY_NAME)
    for name, columns in SHAREABLE.items():
        assert set(columns) <= {column.name for column in TABLE_BY_NAME[name].all_columns}
