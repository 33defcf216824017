"""CSV files that people fill in: rows with the lines they are in, and cells that are no formulas.

What a file means, and which columns it has, is known to who reads it.
"""

import csv
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from decimal import InvalidOperation
from pathlib import Path
from typing import Any, Final, TypeVar

from workforce_source.exceptions import ConfigError
from workforce_source.tables.text import composed, trimmed

_SEPARATORS: Final = {";": "semicolons", "\t": "tabs", "|": "bars"}
"""What spreadsheets write in the place of commas."""
_FORMULA: Final = re.compile(r"'*[=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20]")
"""How a text begins that is a formula, or was one before it was written; wide signs are, too."""


_Parsed = TypeVar("_Parsed")


class Refused(ValueError):
    """A row cannot be used; the text says why."""


class Row(dict[str, str]):
    """The values of a row by column, without the spaces around them and on one line.

    Args:
        cells: The values.
        raw: The same as they stand in the file.
        line: The line it ends in, as an editor counts them.
    """

    def __init__(self, cells: Mapping[str, str], raw: Mapping[str, str], line: int) -> None:
        super().__init__(cells)
        self.raw = raw
        self.line = line


def each_row(
    path: Path,
    required: tuple[str, ...],
    optional: tuple[str, ...],
    parse: Callable[[Row], Any],
    *,
    others: bool = False,
) -> None:
    """Hand on each row that is not empty; none where the file is not there.

    Args:
        path: The file.
        required: Columns it must have.
        optional: Columns it may have.
        parse: Takes a row, or raises `Refused`.
        others: Whether it may have any other columns, too.

    Raises:
        ConfigError: It cannot be read, lacks a column, or a row was refused; the message names
            file, line and reason.
    """
    if not path.exists():
        return
    try:
        # a spreadsheet's export may begin with a byte order mark
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file, strict=True)
            columns = [(name or "").strip() for name in reader.fieldnames or ()]
            _check_columns(columns, required, None if others else optional)
            reader.fieldnames = columns
            for row in reader:
                cells = _cells(row, columns)
                if any(cells.values()):
                    parse(Row(cells, row, reader.line_num))
    except UnicodeDecodeError:
        raise ConfigError(f"{path.name} is not UTF-8. Save it as CSV UTF-8.") from None
    except OSError as error:
        raise ConfigError(f"{path.name} cannot be read ({error.strerror}).") from None
    except (Refused, csv.Error) as refused:
        line = max(reader.line_num, 1)
        raise ConfigError(f"{path.name}, line {line}: {refused}. Mend it and run again.") from None


def filled(row: Mapping[str, str], name: str) -> str:
    """Get a value of a row that must not be empty."""
    if not row[name]:
        raise Refused(f"{name} is empty")
    return row[name]


def number(
    row: Mapping[str, str], name: str, type_: Callable[[str], _Parsed], wanted: str
) -> _Parsed | None:
    """Get a value that has a form, or None where there is none.

    Args:
        row: The row.
        name: The column.
        type_: Makes the value of the text, or raises.
        wanted: What it has to be, in words.
    """
    text = row.get(name)
    if not text:
        return None
    try:
        return type_(text)
    except (ValueError, InvalidOperation):
        raise Refused(f"{name} is {wanted}") from None


def whole(text: str) -> int:
    """Get a whole number that is written in digits alone."""
    if not (text.isascii() and text.isdecimal()):
        raise ValueError(text)
    return int(text)


def day(text: str) -> date:
    """Get a day that is written as `2026-11-24`."""
    if len(text) != len("2026-11-24"):
        raise ValueError(text)
    return date.fromisoformat(text)


def written(text: str) -> str:
    """Get what stands in a cell for a text: a spreadsheet would run `=cmd|...`, a skill's name."""
    return f"'{text}" if _FORMULA.match(text) else text


def meant(cell: str) -> str:
    """Get the text that a cell stands for, whoever wrote it."""
    return cell[1:] if cell.startswith("'") and _FORMULA.match(cell) else cell


def columns_of(path: Path) -> list[str]:
    """Get the names in the first line; none where that cannot be read."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            return [name.strip() for name in next(csv.reader(file), [])]
    except (OSError, UnicodeDecodeError, csv.Error):
        return []


def _check_columns(
    columns: list[str], required: tuple[str, ...], optional: tuple[str, ...] | None
) -> None:
    if missing := [name for name in required if name not in columns]:
        for separator, them in _SEPARATORS.items():
            if len(columns) == 1 and separator in columns[0]:
                raise Refused(f"its values are separated by {them}; save it with commas")
        raise Refused(f"the column {missing[0]} is missing")
    if optional is None:
        return
    if unknown := [name for name in columns if name not in (*required, *optional)]:
        known = ", ".join((*required, *optional))
        raise Refused(f"the column `{unknown[0]}` is not one of {known}")


def _cells(row: Mapping[str | None, str | None], columns: Sequence[str]) -> dict[str, str]:
    """Get the values of a row by column, without the spaces around them."""
    cells = {
        name: meant(composed(trimmed(value)))
        for name, value in row.items()
        if name and value is not None
    }
    if len(cells) != len(columns) or len(row) != len(columns):
        raise Refused(f"it does not have {len(columns)} values")
    return cells
