"""A page of questions: its SQL, and the rows it shows below each, as they should be.

What the rows are compared with is not its business, nor where the SQL is executed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

CHECKOUT = Path(__file__).resolve().parents[2]
QUESTIONS = CHECKOUT / "docs" / "questions.md"
ROWS_SHOWN = 7
_ASKED = re.compile(r"### (.+\?)\n")
_SQL = re.compile(
    r"^```sql\n(?P<sql>(?:(?!```).*\n)+)```\n(?:\n(?P<shown>(?:\|.*\n)+\n_.*_\n))?", re.MULTILINE
)


@dataclass(frozen=True)
class Answer:
    """What a statement answered."""

    columns: tuple[str, ...]
    rows: list[tuple[Any, ...]]

    def table(self) -> str:
        """Its first rows as the page shows them, and how many there are."""
        lines = [self.columns, ["---"] * len(self.columns), *self.rows[:ROWS_SHOWN]]
        shown = "".join(f"| {' | '.join(map(cell, line))} |\n" for line in lines)
        return f"{shown}\n_{_count(len(self.rows))}_\n"


@dataclass(frozen=True)
class Question:
    """A question with the SQL that answers it, and the answer the page shows."""

    ask: str
    sql: str
    shown: str


def questions(page: str) -> list[Question]:
    """Every question of a page that has a heading and SQL, in order."""
    found = []
    for section in re.split(r"^(?=##)", page, flags=re.MULTILINE):
        for match in _SQL.finditer(section):
            ask = _ASKED.match(section)
            assert ask, f"SQL without a question: {match['sql']}"
            found.append(Question(ask[1], match["sql"].strip(), match["shown"] or ""))
    return found


def answered(page: str, answer: Callable[[str], Answer]) -> str:
    """The page with the rows that are answered now."""

    def with_rows(match: re.Match[str]) -> str:
        sql = match["sql"]
        return f"```sql\n{sql}```\n\n{answer(sql).table()}"

    return _SQL.sub(with_rows, page)


def cell(value: Any) -> str:
    """A value as the page shows it, the same from every destination."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        return f"{value.astimezone(UTC):%Y-%m-%d %H:%M}"
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, float) or (isinstance(value, Decimal) and value % 1):
        return f"{value:.2f}"
    if isinstance(value, Decimal):
        value = int(value)
    return " ".join(str(value).split()).replace("|", "\\|")


def cells(rows: Sequence[Sequence[Any]]) -> list[tuple[str, ...]]:
    """Rows as the page shows them."""
    return [tuple(map(cell, row)) for row in rows]


def _count(rows: int) -> str:
    if rows > ROWS_SHOWN:
        return f"The first {ROWS_SHOWN} of {rows} rows."
    return f"All {rows} rows." if rows != 1 else "The only row."
