"""One list: walked in full, compared page by page, and who or what is missing from it.

Only what changed is kept of a page, so memory does not grow with the attributes of records. Nothing
is removed here: what is missing is a candidate (see `removals.py`). What is special about a list is
in `lists.py` and `employees.py`.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from itertools import chain
from typing import Any, Final

from workforce_source import tables as t
from workforce_source.client import Page, Record
from workforce_source.endpoints import Endpoint
from workforce_source.mirror import Difference, compare
from workforce_source.sync.context import Context
from workforce_source.tables import Key, Row, Table

SPILL_AT: Final = 2_000
"""Rows of one table that a first load's list holds before it hands them over."""

Spill = Callable[[Table, Difference], None]


class Listing:
    """What one list says, beside what the mirror holds.

    Args:
        context: The run.
        endpoint: The list.

    Attributes:
        table: The list's own table.
        further: Others that its records fill.
        seen: Keys of the records it shows, each with what is noted of it.
        differences: What differs, by table name: absent are removal candidates.
        forgotten: Keys of those it shows who are left out.
        newest: The newest value of its cursor.
        told: Records that say what rows of a further table there are, by its name.
        kept: Those that do not, and of which there are rows here.
        spill: Takes rows over when many differ, so that a first load does not hold all of them at
            once; None keeps them for later looks.
    """

    def __init__(self, context: Context, endpoint: Endpoint) -> None:
        self.context = context
        self.endpoint = endpoint
        self.table, *self.further = t.tables_of(endpoint.name)
        self.seen: dict[Key, Any] = {}
        self.differences = {one.name: Difference() for one in (self.table, *self.further)}
        self.forgotten: set[Key] = set()
        self.newest: datetime | None = None
        self.told: Counter[str] = Counter()
        self.kept: Counter[str] = Counter()
        self.spill: Spill | None = None

    def params(self) -> dict[str, str]:
        """Get the query parameters that the settings ask for."""
        return {}

    def person(self, record: Record) -> Mapping[str, Any] | None:
        """Get the keys of whom a record is about; None of a list that is not about people."""
        return None

    def note(self, record: Record, row: Row) -> Any:
        """Get what is noted of a record; None if the settings do not ask for it."""
        return True

    def ask(self, scope: Key, known: list[Row]) -> list[Record] | None:
        """Get what there is of a scope, to confirm what is missing; None if nobody can say.

        Without a read of less, that is another walk, and of it what this list did not show.

        Args:
            scope: The scope.
            known: What the mirror holds of what is missing there.
        """
        records = chain.from_iterable(page.records for page in self._pages())
        return [record for record in records if self._read(record)[0] not in self.seen]

    def walk(self) -> None:
        """Walk the list; once more when fewer distinct records came than it counts."""
        total, before, more = self._walk_once()
        if total > len(before) and self.endpoint.counted and not self.params():
            total, again, more = self._walk_once()
            self._tell_missing(total - len(self.seen) - len(self.forgotten), shifts=again != before)
        if more:
            self.context.statistics.notes.append(
                f"The last page of the list {self.endpoint.name} names a next one: the API may"
                " have more records than it counts pages for. None is removed unasked; tell Credly."
            )
        # also keys that only rows of further tables have
        here: list[Iterable[Key]] = [self.context.memory.of(self.table).live]
        here += [self.context.memory.of(table).scopes for table in self.further]
        missing = {key for keys in here for key in keys if key not in self.seen}
        self.differences[self.table.name].absent = sorted(missing)

    def _walk_once(self) -> tuple[int, set[Key], bool]:
        """Get how many records the list counts, which it showed, and whether it names more."""
        total, shown, more = 0, set[Key](), False
        for done, page in enumerate(self._pages(), 1):
            self.context.progress(self.endpoint.name, done, page.total_pages)
            total, more = page.total_count or 0, page.more
            shown.update(self.take(page.records))
        return total, shown, more

    def _tell_missing(self, missing: int, *, shifts: bool) -> None:
        """Count what the list counts and did not show in two walks."""
        statistics, name = self.context.statistics, self.endpoint.name
        if missing > 0 and shifts:
            # records that change places meanwhile hide behind others: another walk may show them
            statistics.missed[name] = missing
        elif missing > 0:
            statistics.notes.append(
                f"The list {name} counts {missing:,} more than it shows, in two walks the same"
                f" {len(self.seen):,}. Nobody is removed unasked; if the count is right, some are"
                " not here: tell Credly."
            )

    def take(self, records: Iterable[Record]) -> list[Key]:
        """Take in records, unless the list already showed them; get the keys of all."""
        keys: list[Key] = []
        own: list[Row] = []
        further: t.Rows = {table.name: {} for table in self.further}
        for record in records:
            who = self.person(record)
            if who is not None and self.context.suppression.covers(who):
                # counted as shown, and nothing else is made of it
                keys.append((str(who.get("id")),))
                self.forgotten.add(keys[-1])
                continue
            key, row, rows = self._read(record)
            keys.append(key)
            if key in self.seen or (noted := self.note(record, row)) is None:
                continue
            self.seen[key] = noted
            at = row[self.endpoint.cursor] if self.endpoint.cursor else None
            self.newest = max(filter(None, (self.newest, at)), default=None)
            if not self.context.looks_at(at):
                continue
            own.append(row)
            for table in self.further:
                of = rows[table.name]
                self.told[table.name] += bool(of)
                # what an answer says nothing of stays as it is
                self.kept[table.name] += not of and key in self.context.memory.of(table).scopes
            for name, by_scope in further.items():
                by_scope.update(rows[name])
        self.context.values.saw(self.table, own)
        own_held = self.context.memory.of(self.table)
        self._differ(self.table, compare(own, own_held, whole=False))
        for table in self.further:
            by_scope = further[table.name]
            index = self.context.memory.of(table).within(by_scope)
            found = [*chain.from_iterable(by_scope.values())]
            self.context.values.saw(table, found)
            self._differ(table, compare(found, index))
        return keys

    def settle(self, now: datetime) -> None:
        """Give rows whose values vanished with too many others their values back."""
        values, memory = self.context.values, self.context.memory
        for table in (self.table, *self.further):
            values.settle(table, self.differences[table.name], memory.of(table), now)
        for table in self.further:
            values.keep(table, self.told[table.name], self.kept[table.name])

    def _pages(self) -> Iterator[Page]:
        return self.context.client.pages(self.endpoint, self.params())

    def _read(self, record: Record) -> tuple[Key, Row, t.Rows]:
        rows = self.context.reader.rows(self.endpoint.name, record)
        ((row,),) = rows[self.table.name].values()
        return self.table.key_of(row), row, rows

    def _differ(self, table: Table, found: Difference) -> None:
        difference = self.differences[table.name]
        difference.added += found.added
        difference.changed += found.changed
        difference.absent += found.absent
        if self.spill is not None and len(difference.added) >= SPILL_AT:
            self.spill(table, difference)
            difference.added = []
