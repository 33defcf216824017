"""A roster in a file or in a query: CSV, Parquet, and SQL on the destination, as rows.

Every value of a text file is the text that stands there. What may not be in here: what a column
or a value means.
"""

import csv
from collections.abc import Collection, Iterator, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any, Final, TextIO

import dlt
import pyarrow as pa
import pyarrow.parquet as pq

from workforce_source.destination import connect
from workforce_source.exceptions import ConfigError
from workforce_source.roster.columns import COLUMNS
from workforce_source.roster.rows import Source, arrow_source, is_halved

DELIMITERS: Final = ",;\t"
"""What may stand between values; the one by which the first line has columns we know."""


def read_file(path: Path, known: Collection[str] = ()) -> Source:
    """Get the rows of a CSV or Parquet file.

    CSV is UTF-8 with names in its first line, and values between commas, semicolons or tabs,
    quoted as RFC 4180 has it.

    Args:
        path: The file; `.parquet`, or else CSV.
        known: Further names of columns, those that are renamed or ignored.

    Raises:
        ConfigError: It cannot be read; the message has the line, and no value.
    """
    if path.suffix.lower() == ".parquet":
        return _parquet(path)
    found = {one: _csv_names(path, one) for one in DELIMITERS}
    delimiter = next(
        (one for one in DELIMITERS if any(_known(name, known) for name in found[one])),
        DELIMITERS[0],
    )
    return Source(found[delimiter], _csv_rows(path, delimiter), "line")


def read_sql(pipeline: dlt.Pipeline, query: str) -> Source:
    """Get the rows of a query on the destination of a pipeline.

    Args:
        pipeline: Has the destination and the dataset.
        query: The query; its columns are texts or whole numbers.

    Raises:
        ConfigError: A column is of another type.
        DestinationError: The destination cannot be reached, or refused the query.
    """
    with connect(pipeline) as to, to.client.execute_query(query) as cursor:
        names = [str(column[0]) for column in cursor.native_cursor.description]
        rows = [list(row) for row in cursor.fetchall()]
    wrong = {names[place] for row in rows for place, value in enumerate(row) if not _is_text(value)}
    if wrong:
        raise ConfigError(
            f"The query gives values in {', '.join(sorted(wrong))} that are neither texts nor whole"
            " numbers, and what Credly keeps is text: cast them to the text they should be there."
        )
    return Source(names, enumerate(rows, 1))


def _is_text(value: object) -> bool:
    if isinstance(value, Decimal):
        return value == value.to_integral_value()
    return value is None or (isinstance(value, str | int) and not isinstance(value, bool))


def _parquet(path: Path) -> Source:
    try:
        file = pq.ParquetFile(path)
    except (OSError, pa.ArrowException) as error:
        raise _unreadable(path, _why(error)) from None

    def batches() -> Iterator[pa.RecordBatch]:
        try:
            yield from file.iter_batches()
        except (OSError, pa.ArrowException) as error:
            raise _unreadable(path, _why(error)) from None

    return arrow_source(file.schema_arrow, batches())


def _open(path: Path) -> TextIO:
    try:
        # utf-8-sig: spreadsheets mark the files they write. Bytes that are no UTF-8 are told by
        # the line they are in, which a decoder that reads ahead could not
        return path.open(encoding="utf-8-sig", errors="surrogateescape", newline="")
    except OSError as error:
        raise _unreadable(path, _why(error)) from None


def _csv_names(path: Path, delimiter: str) -> list[str]:
    with _open(path) as file:
        try:
            names = next(csv.reader(file, delimiter=delimiter), [])
        except csv.Error:
            raise _unreadable(path, "line 1: a quote does not end") from None
    if any(map(is_halved, names)):
        raise _unreadable(path, "line 1 is not UTF-8 text")
    if not names:
        raise _unreadable(path, "its first line, which has the names of the columns, is empty")
    return names


def _known(name: str, known: Collection[str]) -> bool:
    return name in known or name.strip().lower() in COLUMNS


def _csv_rows(path: Path, delimiter: str) -> Iterator[tuple[int, Sequence[Any] | str]]:
    """Get rows with the lines they begin in: a quoted value may go over several."""
    with _open(path) as file:
        reader = csv.reader(file, delimiter=delimiter, strict=True)
        ended = 0
        try:
            width = len(next(reader))
            ended = reader.line_num
            for values in reader:
                line, ended = ended + 1, reader.line_num
                if any(map(is_halved, values)):
                    yield line, "it is not UTF-8 text"
                elif len(values) == width:
                    yield line, values
                elif values:  # a line with nothing in it is none
                    yield line, f"{len(values)} values for {width} columns"
        except csv.Error:
            raise _unreadable(
                path,
                f"line {ended + 1}: a quote does not end, or stands where it may not; is it a part"
                " of the file?",
            ) from None


def _why(error: Exception) -> str:
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return "it is no Parquet file, or a part of one"


def _unreadable(path: Path, why: str) -> ConfigError:
    return ConfigError(f"The roster {path.name} cannot be read ({why}). Nothing was written.")
