"""The rows of a destination beside those they were made from, told in numbers by table and column.

What may not be in here: a value of a row in a text.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import dlt

from workforce_source.destination import Connection, connect
from workforce_source.mirror.queries import in_utc
from workforce_source.tables import BADGE_TEMPLATE_SKILLS, BADGE_TEMPLATES, TABLE_BY_NAME, Table

Row = Mapping[str, Any]
_TEMPLATES = {BADGE_TEMPLATES.name: "id", BADGE_TEMPLATE_SKILLS.name: "badge_template_id"}
"""Where a badge template is named: one nobody holds any more stays, with its skills."""
_NO_TEXT: Final = "empty texts are NULL"


@dataclass
class Comparison:
    """What a destination holds beside what it should.

    Attributes:
        rows: Rows there are.
        differing: What differs, by table; nothing when all are equal.
        empty_is_null: Whether empty texts became NULL on the way, which is no difference.
    """

    rows: int = 0
    differing: list[str] = field(default_factory=list)
    empty_is_null: bool = False


def compare(
    pipeline: dlt.Pipeline, truth: Mapping[str, Sequence[Row]], *, volatile: bool = False
) -> Comparison:
    """Compare every row and value.

    Args:
        pipeline: Where they were loaded, and no others.
        truth: The rows there should be, by table.
        volatile: Compare columns that are as of a row's last write, too.

    Raises:
        DestinationError: They cannot be read.
    """
    made = Comparison()
    with connect(pipeline) as connection:
        for name, rows in truth.items():
            table = TABLE_BY_NAME[name]
            columns = [column for column in table.columns if rows and column.name in rows[0]]
            held = _rows(connection, table, [*table.primary_key, *(c.name for c in columns)])
            compared = [c.name for c in columns if volatile or not c.volatile]
            found = Counter(_differences(table, held, rows, compared))
            made.rows += len(held)
            made.empty_is_null |= bool(found.pop(_NO_TEXT, 0))
            made.differing += [f"{name}: {number} {what}" for what, number in sorted(found.items())]
    return made


def _rows(connection: Connection, table: Table, names: Sequence[str]) -> list[Row]:
    sql = f"SELECT {connection.columns(names)} FROM {connection.table(table.name)}"
    return [dict(zip(names, map(in_utc, values), strict=True)) for values in connection.rows(sql)]


def _differences(
    table: Table, held: Sequence[Row], rows: Sequence[Row], names: Sequence[str]
) -> Iterator[str]:
    """Get what is wrong, some words for each row or value."""
    expected = {tuple(row[key] for key in table.primary_key): row for row in rows}
    left = dict(expected)
    template = _TEMPLATES.get(table.name)
    there = {row[template] for row in rows} if template else set()
    for row in held:
        key = tuple(row[name] for name in table.primary_key)
        wanted = left.pop(key, None)
        if wanted is not None:
            for name in names:
                if row[name] is None and wanted[name] == "":
                    yield _NO_TEXT
                elif row[name] != wanted[name]:
                    yield f"values of {name}"
        elif key in expected:
            yield "rows doubled"
        elif template is None or row[template] in there:
            yield "rows too many"
    yield from ("rows missing" for _ in left)
