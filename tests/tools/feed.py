"""What `changes` should say of a run, by brute force: every live row before beside every row after.

Shares nothing with the code it judges but the names of tables and columns.
"""

import json
from collections.abc import Collection
from typing import Any, NamedTuple

import dlt

from tests.tools.compare import VOLATILE, Rows, rows_of

QUIET = {
    ("external_badges", "refreshed_at"),
    ("employee_profiles", "badge_count"),
    ("badge_templates", "skill_count"),
}
"""Columns that change without being worth an entry."""
UNWATCHED = {"extra", "row_hash", "changed_at", "removed_at"}


class Said(NamedTuple):
    """One change: the row, how, and the names of the columns that differ."""

    table: str
    key: tuple[str, ...]
    change: str
    columns: tuple[str, ...]


def entries(pipeline: dlt.Pipeline) -> Rows:
    """Every entry of `changes` by its key."""
    return rows_of(pipeline, "changes")


def said(new: Collection[dict[str, Any]]) -> list[Said]:
    """What entries say, sorted."""
    return sorted(
        Said(
            entry["table_name"],
            tuple(json.loads(entry["row_key"])),
            entry["change"],
            tuple(sorted(json.loads(entry["changed_columns"] or "[]"))),
        )
        for entry in new
    )


def happened(before: dict[str, Rows], after: dict[str, Rows]) -> list[Said]:
    """What differs between two looks at the destination, sorted."""
    found = []
    for name, rows in after.items():
        # keys here begin with the organization, those in the feed do not
        found += [Said(name, key[1:], "added", ()) for key in rows.keys() - before[name]]
        found += [Said(name, key[1:], "removed", ()) for key in before[name].keys() - rows]
        for key in rows.keys() & before[name]:
            differing = tuple(
                column
                for column, value in sorted(rows[key].items())
                if column not in UNWATCHED
                and (name, column) not in VOLATILE | QUIET
                and before[name][key][column] != value
            )
            if differing:
                found.append(Said(name, key[1:], "changed", differing))
    return sorted(found)
