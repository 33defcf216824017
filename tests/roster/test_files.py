"""A roster in a file or a query: lines that are right, and every value as it stands there."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Any

import dlt
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.tools.examples import examples
from workforce_source.exceptions import ConfigError, DestinationError
from workforce_source.roster import Rules
from workforce_source.roster.files import read_file, read_sql
from workforce_source.roster.rows import read_rows

HEAD = "external_id,email,first_name,last_name,team\n"
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)


def csv_of(folder: Path, text: str | bytes) -> Path:
    """A file."""
    path = folder / "roster.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def test_rejected_rows_are_named_by_the_lines_they_begin_in(tmp_path: Path) -> None:
    """After values of several lines, and after lines with nothing in them."""
    text = (
        f"{HEAD}1,a@b.example,A,B,x\n"
        '2,b@b.example,A,B,"two\nlines\r\n and more"\n'
        "\n"
        "3,broken,A,B,x\n"
        "4,d@b.example,A\n"
        "5,,A,B,x\n"
    )
    found = read_rows(read_file(csv_of(tmp_path, text)), Rules())
    assert [row.line for row in found.rows] == [2, 3]
    assert found.rows[1].values[2] == "two\nlines\r\n and more"
    assert [(one.line, one.reason) for one in found.rejected] == [
        (7, "no usable value in email"),
        (8, "3 values for 5 columns"),
        (9, "nothing in email, which is required"),
    ]
    assert (found.unit, found.count) == ("line", 5)


@given(rows=st.lists(st.lists(texts, min_size=2, max_size=2), max_size=6))
@settings(max_examples=examples(40, 1000), deadline=None)
@pytest.mark.property
def test_every_value_arrives_as_it_was_written(
    rows: list[list[str]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Leading zeros, signs, quotes, line breaks and all; and the line is the line."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(["email", "first_name", "last_name", "team", "zip_code"])
    lines = []
    for number, row in enumerate(rows):
        lines.append(len(text.getvalue().split("\n")))
        writer.writerow([f"a{number}@b.example", "A", "B", *row])
    folder = tmp_path_factory.mktemp("csv")
    source = read_file(csv_of(folder, text.getvalue()))
    found = [(line, list(values)[3:]) for line, values in source.rows]
    assert [values for _, values in found] == rows
    if not any("\r" in value for row in rows for value in row):
        assert [line for line, _ in found] == lines


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_the_delimiter_is_the_one_that_gives_columns_we_know(
    tmp_path: Path, delimiter: str
) -> None:
    """And a spreadsheet's mark at the start is none of the first name."""
    lines = [["\ufeffEmail", "First_Name", "last_name"], ["a@b.example", "0012", "x,y;z"]]
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter).writerows(lines)
    (row,) = read_rows(read_file(csv_of(tmp_path, text.getvalue())), Rules()).rows
    assert (row.email, row.values[:2]) == ("a@b.example", ("0012", "x,y;z"))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (b"", "first line"),
        (f'{HEAD}1,a@b.example,A,"B', "line 2: a quote does not end"),
        (f'{HEAD}1,a@b.example,A,B,x\n2,b@b.example,"A"x,B,x\n', "line 3"),
        (b"\xfc," + HEAD.encode(), "line 1 is not UTF-8"),
        ("a@b.example,Ada,Byron\n", "number 1, number 2, number 3"),
        (f"shoe_size,{HEAD}", "Line 1 has columns .*: shoe_size"),
        (f"email,{HEAD}", "Line 1 has the column email twice"),
        ("email,first_name\n", "no column last_name"),
    ],
)
def test_a_file_that_cannot_be_used_is_said_by_line_and_nobody_is_shown(
    tmp_path: Path, text: str | bytes, said: str
) -> None:
    """Half a file that ends in a quote is no file."""
    with pytest.raises(ConfigError, match=said) as caught:
        read_rows(read_file(csv_of(tmp_path, text)), Rules())
    assert "Byron" not in str(caught.value)
    assert "b.example" not in str(caught.value)


def test_a_row_that_is_not_utf_8_is_rejected_by_its_line(tmp_path: Path) -> None:
    """The others are read."""
    text = HEAD.encode() + b"1,a@b.example,A,B,x\n2,b@b.example,J\xfcrgen,B,x\n"
    found = read_rows(read_file(csv_of(tmp_path, text)), Rules())
    assert [row.line for row in found.rows] == [2]
    assert [(one.line, one.reason) for one in found.rejected] == [(3, "it is not UTF-8 text")]


def test_a_file_that_is_not_there_is_said(tmp_path: Path) -> None:
    """Of either kind, and a file that is of neither."""
    (tmp_path / "no.parquet").write_text("no", encoding="utf-8")
    for name in ("none.csv", "none.parquet", "no.parquet"):
        with pytest.raises(ConfigError, match=f"{name} cannot be read"):
            read_file(tmp_path / name)


def test_parquet_is_read_by_its_types(tmp_path: Path) -> None:
    """Texts and whole numbers of any kind; a fraction is nobody's postcode."""
    path = tmp_path / "roster.parquet"
    columns: dict[str, Any] = {
        "external_id": pa.array([7, None], pa.int32()),
        "email": ["a@b.example", "b@b.example"],
        "first_name": pa.array(["A", "A"]).dictionary_encode(),
        "last_name": pa.array(["B", "B"], pa.large_string()),
        "zip_code": ["01067", None],
    }
    pq.write_table(pa.table(columns), path)
    found = read_rows(read_file(path), Rules())
    assert [(row.line, row.external_id, row.values[8]) for row in found.rows] == [
        (1, "7", "01067"),
        (2, None, None),
    ]
    pq.write_table(pa.table({**columns, "zip_code": [1067.0, 2.5]}), path)
    with pytest.raises(ConfigError, match="zip_code is of the type double"):
        read_file(path)


def pipeline_to(folder: Path, destination: Any) -> dlt.Pipeline:
    """A pipeline nothing was loaded with."""
    return dlt.pipeline(
        "rosters", destination=destination, dataset_name="hr", pipelines_dir=str(folder)
    )


QUERY = (
    "select 7 as external_id, 'a@b.example' as email, 'A' as first_name, 'B' as last_name,"
    " '01067' as zip_code, cast(null as varchar) as team"
)


def read(pipeline: dlt.Pipeline) -> tuple[int, str | None, Any]:
    """The one row of the query."""
    (row,) = read_rows(read_sql(pipeline, QUERY), Rules()).rows
    return row.line, row.external_id, row.values[8]


def test_a_query_on_duckdb_gives_a_roster(tmp_path: Path) -> None:
    """Values of other types are said by column, and a query that fails without its words."""
    pipeline = pipeline_to(tmp_path, dlt.destinations.duckdb(str(tmp_path / "w.duckdb")))
    assert read(pipeline) == (1, "7", "01067")
    with pytest.raises(ConfigError, match="zip_code that are neither"):
        read_sql(pipeline, "select 'a@b.example' as email, 1.5::double as zip_code")
    with pytest.raises(DestinationError) as caught:
        read_sql(pipeline, "select 'a@b.example' from nowhere")
    assert "b.example" not in str(caught.value)


@pytest.mark.search  # needs PostgreSQL
@pytest.mark.postgres
def test_a_query_on_postgresql_gives_a_roster(tmp_path: Path, postgres_url: str) -> None:
    """The same row."""
    pipeline = pipeline_to(tmp_path, dlt.destinations.postgres(postgres_url))
    assert read(pipeline) == (1, "7", "01067")
