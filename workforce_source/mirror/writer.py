"""Differences as rows with their tracking columns, removals, and the entries in `changes`.

No HTTP; of the destination only the rows that change are read, for what they were.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from typing import Any, Final, TypeVar

import orjson

from workforce_source import tables as t
from workforce_source.mirror.difference import Difference
from workforce_source.mirror.memory import Memory
from workforce_source.mirror.package import ROWS_A_CHUNK, Package
from workforce_source.tables import Key, Row, Table

MOST_ENTRIES: Final = 10_000
"""Entries in `changes` one package makes for one table; above it, one entry sums them up."""
NEVER: Final = datetime(1970, 1, 1, tzinfo=UTC)
"""`previous_changed_at` of a row that was not there before; key columns are never null."""

_T = TypeVar("_T")


@dataclass
class Writer:
    """Turns differences into rows with `changed_at`, `removed_at` and entries in `changes`.

    Attributes:
        memory: What the destination holds, connected.
        organization_id: Stands in every row.
        soft: Removed rows stay, with `removed_at` set.
        excluded: `table.column` names that make no entry.
    """

    memory: Memory
    organization_id: str
    soft: bool
    excluded: frozenset[str]

    def write(
        self,
        package: Package,
        table: Table,
        difference: Difference,
        now: datetime,
        *,
        removed: Collection[Key] = (),
        baseline: bool = False,
    ) -> None:
        """Add a difference to a package.

        Args:
            package: What is to be loaded.
            table: The table the difference is of.
            difference: Rows added and changed; its absent keys are removed only when they stand
                in `removed`.
            now: The time this version was first seen.
            removed: Live keys to remove.
            baseline: The first load of these rows: no entries.
        """
        for row in (*difference.added, *difference.changed):
            row.update(changed_at=now, removed_at=None)
        if not baseline and table not in (t.BADGE_READS, t.CHANGES):
            self._enter(package, table, difference, removed, now)
        package.add(table, difference.added)
        package.add(table, difference.changed)
        package.add(table, self.tombstones(table, removed, now))
        package.count(table, "added", len(difference.added))
        package.count(table, "changed", len(difference.changed))
        package.count(table, "removed", len(removed))

    def tombstones(self, table: Table, keys: Collection[Key], now: datetime) -> list[Row]:
        """Get the rows that remove `keys`: with soft deletions the whole row, else its key."""
        whole = self.memory.rows(table, keys) if self.soft and not table.bookkeeping else {}
        return [
            whole.get(key, {})
            | dict(zip(table.key, key, strict=True))
            | {"organization_id": self.organization_id, "changed_at": now, "removed_at": now}
            for key in keys
        ]

    def _enter(
        self,
        package: Package,
        table: Table,
        difference: Difference,
        removed: Collection[Key],
        now: datetime,
    ) -> None:
        entries = self._entries(table, difference, removed, now)
        few = list(islice(entries, MOST_ENTRIES + 1))
        if len(few) > MOST_ENTRIES:
            # from the newest version there is: until the rows are loaded, a retry finds the same
            before = self.memory.newest_version(table)
            few = [self._entry(table, "*", None, before or NEVER, now, "changed", [])]
        package.entries += few

    def _entries(
        self, table: Table, difference: Difference, removed: Collection[Key], now: datetime
    ) -> Iterator[Row]:
        for added in _chunks(difference.added):
            yield from self._added(table, added, now)
        watched = [n for n in table.watched if f"{table.name}.{n}" not in self.excluded]
        for changed in _chunks(difference.changed):
            before = self.memory.rows(table, [table.key_of(row) for row in changed])
            for row in changed:
                key = table.key_of(row)
                old = before.get(key, {})
                names = [name for name in watched if old.get(name) != row[name]]
                if names:
                    yield self._keyed(table, key, old.get("changed_at"), now, "changed", names)
        for gone in _chunks(list(removed)):
            before = self.memory.rows(table, gone)
            for key in gone:
                old = before.get(key, {})
                yield self._keyed(table, key, old.get("changed_at"), now, "removed", [])

    def _added(self, table: Table, rows: list[Row], now: datetime) -> Iterator[Row]:
        # A load that was stopped after `changes` and before the rows leaves an entry behind; the
        # same key, time before included, lets the next run replace it.
        keys = {_row_key(table.key_of(row)): table.key_of(row) for row in rows}
        newest = self.memory.newest_changes(table, list(keys))
        for row_key, key in keys.items():
            last = newest.get(row_key)
            before = None
            if last is not None:
                gone = last["change"] == "removed"
                before = last["changed_at"] if gone else last["previous_changed_at"]
            yield self._keyed(table, key, before, now, "added", [])

    def _keyed(
        self,
        table: Table,
        key: Key,
        before: datetime | None,
        now: datetime,
        change: str,
        columns: list[str],
    ) -> Row:
        whose = key[0] if table.key[0] == "employee_id" or table is t.EMPLOYEES else None
        return self._entry(table, _row_key(key), whose, before or NEVER, now, change, columns)

    def _entry(
        self,
        table: Table,
        row_key: str,
        employee_id: str | None,
        before: datetime,
        now: datetime,
        change: str,
        columns: list[str],
    ) -> dict[str, Any]:
        return {
            "organization_id": self.organization_id,
            "table_name": table.name,
            "row_key": row_key,
            "previous_changed_at": before,
            "changed_at": now,
            "employee_id": employee_id,
            "change": change,
            "changed_columns": orjson.dumps(columns).decode() if columns else None,
        }


def _chunks(items: list[_T]) -> Iterator[list[_T]]:
    for start in range(0, len(items), ROWS_A_CHUNK):
        yield items[start : start + ROWS_A_CHUNK]


def _row_key(key: Key) -> str:
    return orjson.dumps(key).decode()
