"""Differences as rows with their tracking columns, removals, and the entries in `changes`.

No HTTP; of the destination only the rows that change are read, for what they were.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import chain, islice
from typing import Final

import orjson

from workforce_source import tables as t
from workforce_source.mirror.difference import Difference
from workforce_source.mirror.memory import Memory
from workforce_source.mirror.package import ROWS_A_CHUNK, Package
from workforce_source.mirror.queries import chunks
from workforce_source.tables import Key, Row, Table

MOST_ENTRIES: Final = 10_000
"""Entries in `changes` one package makes for one table; above it, one entry sums them up."""
NEVER: Final = datetime(1970, 1, 1, tzinfo=UTC)
"""`previous_changed_at` of a row that was not there before; key columns are never null."""
_ALL: Final = "*"
"""Stands for the rows of a table, where one entry does for all."""


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
        gone: Collection[Key] = (),
        baseline: bool | Collection[Key] = False,
    ) -> None:
        """Add a difference to a package; what is absent in it is removed.

        Args:
            package: What is to be loaded.
            table: The table the difference is of.
            difference: Rows added, changed and removed.
            now: The time this version was first seen.
            gone: Rows that earlier runs removed softly: they go, unless this one does, too.
            baseline: The first load of these rows: no entries. Of some scopes only: their keys.
        """
        added, changed, removed = difference.added, difference.changed, difference.absent
        for row in (*added, *changed):
            row.update(changed_at=now, removed_at=None)
        for rows in (added, changed, self._tombstones(table, removed, now)):
            package.add(table, rows)
        if gone and not self.soft:
            left = set(gone) - package.keys(table)
            package.add(table, self._tombstones(table, left, now))
        if table.bookkeeping:
            return
        if baseline is not True:
            self._enter(package, table, difference, baseline or (), now)
        if tally := +Counter(added=len(added), changed=len(changed), removed=len(removed)):
            package.tally.setdefault(table.name, Counter()).update(tally)

    def _tombstones(self, table: Table, keys: Collection[Key], now: datetime) -> list[Row]:
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
        baseline: Collection[Key],
        now: datetime,
    ) -> None:
        def news(key: Key) -> bool:
            return table.scope_of(key) not in baseline

        added = filter(news, map(table.key_of, difference.added))
        changed = ((key, row) for row in difference.changed if news(key := table.key_of(row)))
        removed = ((key, None) for key in filter(news, difference.absent))
        entries = chain(
            self._entries_of_new(table, added, now),
            self._entries_of_known(table, chain(changed, removed), now),
        )
        few = list(islice(entries, MOST_ENTRIES + 1))
        if len(few) > MOST_ENTRIES:
            # from the newest version there is: until the rows are loaded, a retry finds the same
            before = self.memory.newest_version(table)
            past = self.memory.entries(table, [_ALL]).get(_ALL, [])
            few = [self._entry(table, None, _unused(before or NEVER, past), now, "changed")]
        package.entries += few

    def _entries_of_new(self, table: Table, keys: Iterable[Key], now: datetime) -> Iterator[Row]:
        # A load that was stopped after `changes` and before the rows leaves an entry behind; the
        # same key, time before included, lets the next run replace it. Others stand for ever.
        for part in chunks(keys, ROWS_A_CHUNK):
            known = self.memory.entries(table, [_row_key(key) for key in part])
            for key in part:
                past = known.get(_row_key(key), [])
                yield self._entry(table, key, _unused(_last(past), past), now, "added")

    def _entries_of_known(
        self, table: Table, rows: Iterable[tuple[Key, Row | None]], now: datetime
    ) -> Iterator[Row]:
        watched = [n for n in table.watched if f"{table.name}.{n}" not in self.excluded]
        for part in chunks(rows, ROWS_A_CHUNK):
            before = self.memory.rows(table, [key for key, _ in part])
            told: dict[Key, tuple[str, list[str]]] = {}
            for key, row in part:
                old = before.get(key, {})
                names = [n for n in watched if row and _told(old.get(n)) != _told(row[n])]
                if names or row is None:
                    told[key] = "removed" if row is None else "changed", names
            known = self.memory.entries(table, [_row_key(key) for key in told])
            for key, (change, names) in told.items():
                at, past = before.get(key, {}).get("changed_at"), known.get(_row_key(key), [])
                yield self._entry(table, key, _unused(at or NEVER, past), now, change, names)

    def _entry(
        self,
        table: Table,
        key: Key | None,
        before: datetime,
        now: datetime,
        change: str,
        columns: Collection[str] = (),
    ) -> Row:
        return {
            "organization_id": self.organization_id,
            "table_name": table.name,
            "row_key": _ALL if key is None else _row_key(key),
            "previous_changed_at": before,
            "changed_at": now,
            "employee_id": None if key is None else t.employee_of(table, key),
            "change": change,
            "changed_columns": orjson.dumps(columns).decode() if columns else None,
        }


def _last(past: Collection[Row]) -> datetime:
    """Get the time of the version that entries of a row end with, whatever the clock did."""
    gone_from = {entry["previous_changed_at"] for entry in past}
    ends = [entry["changed_at"] for entry in past]
    return max([at for at in ends if at not in gone_from] or ends, default=NEVER)


def _unused(before: datetime, past: Collection[Row]) -> datetime:
    """Get a time before that no entry of the row has: it would be replaced.

    A row that was put back from elsewhere, or a clock that told the same time twice, comes from a
    version that it has left before.
    """
    used = {entry["previous_changed_at"] for entry in past}
    if before in used:
        before = _last(past)
    while before in used:
        before += timedelta(microseconds=1)
    return before


def _told(value: object) -> object:
    # PostgreSQL is loaded by CSV, in which dlt makes an empty text and none the same
    return None if value == "" else value


def _row_key(key: Key) -> str:
    return orjson.dumps(key).decode()
