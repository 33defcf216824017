"""Reads the rows of a CSV file that people wrote, one by one, and says what is wrong with one.

Which files and columns there are is not known here.
"""

import csv
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from decimal import InvalidOperation
from pathlib import Path
from typing import Final, TypeVar

from workforce_source.exceptions import ConfigError
from workforce_source.marts.cells import meant
from workforce_source.tables.text import trimmed

_SEPARATORS: Final = {";": "semicolons", "\t": "tabs", "|": "bars"}
"""What spreadsheets write in the place of commas."""
_Parsed = TypeVar("_Parsed")


class Refused(ValueError):
    """A row cannot be used; the text says why."""


def each_row(
    path: Path,
    required: tuple[str, ...],
    optional: tuple[str, ...],
    parse: Callable[[Mapping[str, str]], None],
) -> None:
    """Hand every row of a file that is not empty to a function, by column.

    Args:
        path: The file; one that is not there has no rows.
        required: Columns it must have.
        optional: Columns it may have.
        parse: Takes a row, or raises `Refused`.

    Raises:
        ConfigError: A row cannot be used; the message names file, line and reason.
    """
    if not path.exists():
        return
    try:
        # a spreadsheet's export may begin with a byte order mark
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file, strict=True)
            columns = [(name or "").strip() for name in reader.fieldnames or ()]
            _check_columns(columns, required, optional)
            reader.fieldnames = columns
            for row in reader:
                cells = _cells(row, columns)
                if any(cells.values()):
                    parse(cells)
    except UnicodeDecodeError:
        raise ConfigError(f"{path.name} is not UTF-8. Save it as CSV UTF-8.") from None
    except (Refused, csv.Error) as refused:
        raise ConfigError(
            f"{path.name}, line {max(reader.line_num, 1)}: {refused}. Mend it and run again."
        ) from None


def _check_columns(
    columns: list[str], required: tuple[str, ...], optional: tuple[str, ...]
) -> None:
    if missing := [name for name in required if name not in columns]:
        for separator, them in _SEPARATORS.items():
            if len(columns) == 1 and separator in columns[0]:
                raise Refused(f"its values are separated by {them}; save it with commas")
        raise Refused(f"the column {missing[0]} is missing")
    if unknown := [name for name in columns if name not in (*required, *optional)]:
        known = ", ".join((*required, *optional))
        raise Refused(f"the column `{unknown[0]}` is not one of {known}")


def _cells(row: Mapping[str | None, str | None], columns: Sequence[str]) -> dict[str, str]:
    """Get the values of a row by column, without the spaces around them."""
    cells = {
        name: meant(trimmed(value)) for name, value in row.items() if name and value is not None
    }
    if len(cells) != len(columns) or len(row) != len(columns):
        raise Refused(f"it does not have {len(columns)} values")
    return cells


def filled(row: Mapping[str, str], name: str) -> str:
    """Get a value that must be there."""
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
