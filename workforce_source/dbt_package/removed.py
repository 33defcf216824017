"""A SELECT of the marts without its conditions on removed rows, which staging leaves out already.

Only where that is the same: what asks for removed rows, or joins before it leaves them out, stays
as it is and reads the raw tables.
"""

import re
from collections.abc import Iterator
from typing import Final

import sqlglot
from sqlglot import exp

from workforce_source.tables import TABLE_BY_NAME

REMOVED: Final = "removed_at"
"""Set in rows that are removed, in the tables that keep them."""

_FIRST: Final = re.compile(rf"\bwhere (?:\w+\.)?{REMOVED} is null\s+and ")
_FURTHER: Final = re.compile(rf"\s+and (?:\w+\.)?{REMOVED} is null\b")
_ONLY: Final = re.compile(rf"\s+where (?:\w+\.)?{REMOVED} is null\b")


def keeps_removed(table: str) -> bool:
    """Tell whether a raw table has removed rows in it, where they are kept."""
    return any(column.name == REMOVED for column in TABLE_BY_NAME[table].all_columns)


def without_removed(select: str) -> str | None:
    """Get a SELECT that means the same on tables without removed rows; None where there is none.

    Args:
        select: A SELECT in DuckDB's dialect on the schemas `raw` and `marts`.
    """
    query = sqlglot.parse_one(select, read="duckdb")
    if not all(map(_leaves_removed_out, query.find_all(exp.Select))):
        return None
    text = _ONLY.sub("", _FURTHER.sub("", _FIRST.sub("where ", select)))
    return None if REMOVED in text else text


def _leaves_removed_out(select: exp.Select) -> bool:
    """Tell whether each raw table of one SELECT is read without its removed rows."""
    where = select.args.get("where")
    filtered = set(_conditions(where.this if where else None))
    first = select.args.get("from_") or select.args.get("from")
    read = [(first.this, filtered)] if first else []
    for join in select.args.get("joins") or ():
        on = set(_conditions(join.args.get("on")))
        if join.side not in ("", "LEFT"):
            return False
        # what is left out behind an outer join is not what is left out before it
        read.append((join.this, on if join.side else on | filtered))
    return all(
        table.alias_or_name in conditions or (len(read) == 1 and "" in conditions)
        for table, conditions in read
        if isinstance(table, exp.Table) and table.db == "raw" and keeps_removed(table.name)
    )


def _conditions(condition: exp.Expr | None) -> Iterator[str]:
    """Get the names of the tables of which a condition leaves removed rows out."""
    if isinstance(condition, exp.And):
        yield from _conditions(condition.left)
        yield from _conditions(condition.right)
    elif (
        isinstance(condition, exp.Is)
        and isinstance(condition.this, exp.Column)
        and condition.this.name == REMOVED
        and isinstance(condition.expression, exp.Null)
    ):
        yield condition.this.table
    elif isinstance(condition, exp.Paren):
        yield from _conditions(condition.this)
