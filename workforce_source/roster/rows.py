"""The rows of a roster as the company gives them: read as they are, or rejected by line.

Nothing is guessed: a row that is not what it must be is rejected, and what is wrong with all of
them is an error. What may not be in here: files, SQL, and people in Credly.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final

import pyarrow as pa

from workforce_source.exceptions import ConfigError
from workforce_source.roster.columns import COLUMNS, COMPARED, KEYS, folded, is_empty
from workforce_source.roster.model import Trouble
from workforce_source.roster.rules import Rules

EMAIL: Final = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
"""Looks like an e-mail address; whether it is one, Credly decides."""
_TEXTS: Final = (
    *(pa.types.is_string, pa.types.is_large_string, pa.types.is_string_view),
    *(pa.types.is_integer, pa.types.is_null),
)


@dataclass(frozen=True, slots=True)
class Source:
    """Where rows come from.

    Attributes:
        names: The names of the columns, as they are written there.
        rows: Number of the line or row, and the values in the order of the names; or why the row
            cannot be read.
        unit: What the numbers count: `line` or `row`.
    """

    names: Sequence[str]
    rows: Iterable[tuple[int, Sequence[Any] | str]]
    unit: str = "row"


@dataclass(frozen=True, slots=True)
class Row:
    """One row: the person it names, and the values of `COMPARED`, None where it says nothing."""

    line: int
    external_id: str | None = field(repr=False)
    email: str | None = field(repr=False)
    values: tuple[str | None, ...] = field(repr=False)


@dataclass(slots=True)
class Desired:
    """What the company says.

    Attributes:
        columns: Columns of the API page that are there.
        unit: What line numbers count: `line` or `row`.
        count: Rows there are, those that were rejected too.
        rows: Rows that can be matched.
        rejected: Rows that cannot.
    """

    columns: frozenset[str]
    unit: str
    count: int = 0
    rows: list[Row] = field(default_factory=list)
    rejected: list[Trouble] = field(default_factory=list)


Rows = Source | Iterable[Mapping[str, Any]]
"""What `plan` takes for desired; an Arrow table, too."""


def read_rows(desired: Rows, rules: Rules) -> Desired:
    """Get the rows of a roster.

    Args:
        desired: Mappings, an Arrow table, or what a reader of files or of SQL gives.
        rules: Which columns are renamed and ignored, and what a row must have.

    Raises:
        ConfigError: A column is unknown, there twice, or missing, or is of a type that is no text.
    """
    source = _source(desired)
    names = _named(source, rules)
    found = Desired(frozenset(filter(None, names)), source.unit)
    missing = [name for name in rules.needed if name not in found.columns]
    if missing and names:  # where there is no row, mappings have no columns
        raise ConfigError(
            f"The roster has no column {', '.join(missing)}, which tier or required asks for. Add"
            " it, or say by --column which of yours it is."
        )
    first: dict[str, dict[str, int]] = {key: {} for key in KEYS}
    twins: dict[str, dict[str, list[int]]] = {key: {} for key in KEYS}
    shared: dict[str, str] = {}  # departments and titles stand in many rows, and once in memory
    for line, values in source.rows:
        found.count += 1
        row = values if isinstance(values, str) else _row(line, names, values, rules, shared)
        if isinstance(row, str):
            found.rejected.append(Trouble("rejected", row, line))
            continue
        for key in KEYS:
            if given := folded(row.email) if key == "email" else row.external_id:
                earlier = first[key].setdefault(given, line)
                if earlier != line:
                    twins[key].setdefault(given, [earlier]).append(line)
        if isinstance(row, Row):
            found.rows.append(row)
        else:
            found.rejected.append(row)
    _reject_twins(found, twins)
    return found


def _source(desired: Any) -> Source:
    if isinstance(desired, Source):
        return desired
    if isinstance(desired, pa.Table):
        return arrow_source(desired.schema, desired.to_batches())
    return _of_mappings(desired)


def arrow_source(schema: pa.Schema, batches: Iterable[pa.RecordBatch]) -> Source:
    """Get the rows of Arrow batches.

    Raises:
        ConfigError: A column holds neither text nor whole numbers.
    """
    for column in schema:
        kind = column.type
        kind = kind.value_type if pa.types.is_dictionary(kind) else kind
        whole = pa.types.is_decimal(kind) and kind.scale == 0
        if not whole and not any(fits(kind) for fits in _TEXTS):
            raise ConfigError(
                f"The column {column.name} is of the type {kind}, and what Credly keeps is text:"
                " write it as the text it should be there, or ignore it."
            )

    def rows() -> Iterator[tuple[int, Sequence[Any]]]:
        number = 0
        for batch in batches:
            columns = [column.to_pylist() for column in batch.columns]
            for values in zip(*columns, strict=True):
                number += 1
                yield number, values

    return Source(list(schema.names), rows())


def _of_mappings(desired: Iterable[Mapping[str, Any]]) -> Source:
    rows = list(desired)
    names = list(dict.fromkeys(name for row in rows for name in row))
    return Source(names, enumerate(([row.get(name) for name in names] for row in rows), 1))


def _named(source: Source, rules: Rules) -> list[str | None]:
    """Get the API's name of each column; None for one that is ignored."""
    names: list[str | None] = []
    unknown: list[int] = []
    for place, name in enumerate(source.names, 1):
        known = rules.columns.get(name) or name.strip().lower()
        if name in rules.ignore:
            names.append(None)
        else:
            names.append(known)
            if known not in COLUMNS:
                unknown.append(place)
    where = "Line 1" if source.unit == "line" else "The roster"
    if unknown:
        # without a header, the first person would stand in the message
        headed = len(unknown) < len(names)
        told = [source.names[place - 1] if headed else f"number {place}" for place in unknown]
        raise ConfigError(
            f"{where} has columns that are none of the API page's: {', '.join(told)}. Rename them"
            " (--column YOURS=THEIRS), leave them out (--ignore YOURS), or add a first line with"
            f" names. The page has {', '.join(COLUMNS)}."
        )
    twice = [name for name, count in Counter(filter(None, names)).items() if count > 1]
    if twice:
        raise ConfigError(f"{where} has the column {', '.join(twice)} twice.")
    return names


def _row(
    line: int,
    names: Sequence[str | None],
    values: Sequence[Any],
    rules: Rules,
    shared: dict[str, str],
) -> Row | Trouble | str:
    given: dict[str, str | None] = {}
    wrong: list[str] = []
    for name, value in zip(names, values, strict=True):
        if name is None:
            continue
        text = _text(value)
        if text is None and value is not None:
            wrong.append(name)
        if is_empty(text):
            given[name] = None
        else:
            given[name] = text if name in KEYS else shared.setdefault(str(text), str(text))
    external_id, email = given.get("external_id"), given.get("email")
    for key, text in (("external_id", external_id), ("email", email)):
        if text is not None and (text != text.strip() or not text.isprintable()):
            wrong.append(key)
    if email is not None and "email" not in wrong and not EMAIL.fullmatch(email):
        wrong.append("email")
    empty = [name for name in rules.needed if given.get(name) is None and name not in wrong]
    reason = None
    if wrong:
        reason = f"no usable value in {', '.join(dict.fromkeys(wrong))}"
    elif empty:
        reason = f"nothing in {', '.join(empty)}, which is required"
    elif not external_id and not email:
        reason = "neither external_id nor email"
    if reason:
        return Trouble("rejected", reason, line, external_id=external_id, email=email)
    return Row(line, external_id, email, tuple(given.get(name) for name in COMPARED))


def _text(value: Any) -> str | None:
    """Get the text of a value, exactly as written; None where it is no text of any kind."""
    if isinstance(value, str):
        return None if is_halved(value) else value
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    if isinstance(value, Decimal) and value == value.to_integral_value():
        return format(value, "f").partition(".")[0]
    return None


def is_halved(text: str) -> bool:
    """Tell whether there are halves of character pairs in a text, which no JSON can have."""
    return not text.isascii() and any("\ud800" <= letter <= "\udfff" for letter in text)


def _reject_twins(found: Desired, twins: Mapping[str, Mapping[str, list[int]]]) -> None:
    """Reject all rows that share a key, whoever of them is meant."""
    if not any(twins.values()):
        return
    kept: list[Row] = []
    for row in found.rows:
        keys = {"external_id": row.external_id or "", "email": folded(row.email)}
        shared = [key for key in KEYS if keys[key] in twins[key]]
        if not shared:
            kept.append(row)
            continue
        lines = sorted({line for key in shared for line in twins[key][keys[key]]})
        found.rejected.append(
            Trouble(
                "rejected",
                f"the same {' and '.join(shared)} stands in other rows",
                row.line,
                lines=tuple(lines),
                external_id=row.external_id,
                email=row.email,
            )
        )
    found.rows = kept
