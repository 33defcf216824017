"""What the destination holds: keys, hashes and reads of all, whole rows by key.

How it is asked is in `queries.py`. No HTTP, and no verdict on what changed or who is due.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import dlt
import orjson

from workforce_source import tables as t
from workforce_source.freshness import Read
from workforce_source.mirror.difference import Index
from workforce_source.mirror.queries import Queries, chunks, in_utc
from workforce_source.tables import Key, Row, Table

ROWS_AT_ONCE: Final = 5_000
"""Whole rows that are read together, to be compared."""
_WAITED: Final = "baseline"
"""What 0.1.0 called an employee whom a first load had not read yet."""
_WAITING: Final = ("waiting", _WAITED)


@dataclass(frozen=True, slots=True)
class BadgeRead(Read):
    """One row of `badge_reads`: what is known of the reads, and how the last one ended."""

    status: str = "waiting"


class Memory:
    """What the mirror of one organization holds.

    Args:
        pipeline: The pipeline whose destination and dataset hold the mirror; without one
            there is nothing.
        organization_id: The organization; rows of others are never touched.
        emptied: Tables the load package at hand drops or truncates: they count as empty.
        never_loaded: Whether it was never loaded as a whole; None when only its rows can tell.
        unfed: Times of entries in `changes` whose rows had not been loaded; None when only the load
            packages can tell, of which each had both.

    Attributes:
        connect: Opens the one connection that the reads within share.
        emptied: Tables that count as empty.
        missing: Tables the destination did not have when it was remembered.
        outdated: Tables with columns that were not there: an earlier release made them.
        first_load: Whether no run ever loaded all lists of the organization here.
        doubled: Keys that stand more than once, by table, as far as they were read: rows of theirs
            count as changed, and a merge puts one in the place of all.
        reads: Earlier reads by employee.
        badge_counts: Live badges by employee.
        incomplete: Employees whose badges, or a template of theirs, are not all here although
            they were read: a table was truncated, or a load was stopped between two tables.
    """

    def __init__(
        self,
        pipeline: dlt.Pipeline | None,
        organization_id: str,
        emptied: Collection[str] = (),
        never_loaded: bool | None = None,
        unfed: Collection[datetime] | None = None,
    ) -> None:
        self._never_loaded = never_loaded
        self._unfed = unfed
        self._complete: frozenset[str] = frozenset()
        self._sql = Queries(pipeline, organization_id, emptied)
        self._indexes: dict[str, Index] = {}
        self.connect = self._sql.connect
        self.emptied = frozenset(emptied)
        self.missing: frozenset[str] = frozenset()
        self.outdated: frozenset[str] = frozenset()
        self.first_load = True
        self.doubled: Counter[str] = Counter()
        self.reads: dict[str, BadgeRead] = {}
        self.badge_counts: dict[Key, int] = {}
        self.incomplete: set[str] = set()
        self._twice: set[str] = set()

    def remember(self) -> None:
        """Read keys, hashes and reads; rows of badges, which are too many, are only counted.

        Raises:
            ConfigError: The destination cannot be queried with SQL.
            DestinationError: It cannot be reached or read.
        """
        sql = self._sql
        with self.connect():
            done = f"{sql.column('status')} = 0"
            loads = sql.select("_dlt_loads", sql.column("load_id"), done)
            self._complete = complete = frozenset(i for (i,) in loads)
            self.first_load = bool(self.emptied) or self._is_first(complete)
            for table in t.DATA_TABLES:
                if table is not t.EMPLOYEE_BADGES:
                    names = (*table.key, "row_hash", "removed_at")
                    self._indexes[table.name] = self._index(table, sql.ranges(table, names))
            removed = f" AND {sql.column('removed_at')} IS NOT NULL"
            gone = sql.rows(t.EMPLOYEE_BADGES, sql.columns(t.EMPLOYEE_BADGES.key), removed)
            self.of(t.EMPLOYEE_BADGES).gone.update(gone)
            self.badge_counts = self._counts(t.EMPLOYEE_BADGES)
            self.reads = self._badge_reads(complete)
            self.incomplete = self._incomplete()
            next(sql.rows(t.CHANGES, "1", " AND 1 = 0"), None)
            self.missing = frozenset(sql.missing)
            self.outdated = sql.outdated
            # `changes` is made with the last of the lists: without it no first load came that far
            self.first_load |= t.CHANGES.name in self.missing

    def baseline(self, table: Table) -> bool:
        """Tell whether what is found now is where the feed of a table begins."""
        return self.first_load or table.name in self.missing

    def of(self, table: Table) -> Index:
        """Get the remembered keys and hashes of a table; of badges only those of removed ones."""
        return self._indexes.setdefault(table.name, Index(table))

    def within(self, table: Table, scopes: Collection[Key]) -> Index:
        """Get the keys and hashes of some scopes of a table; those of badges are read now."""
        if table is not t.EMPLOYEE_BADGES:
            return self.of(table).within(scopes)
        # nobody is read twice in a run: who had no badges here when it began has none now
        holders = {*self.badge_counts, *map(table.scope_of, self.of(table).gone)}
        names = (*table.key, "row_hash", "removed_at")
        wanted = table.narrow(holders.intersection(scopes))
        return self._index(table, self._sql.rows_with(table, names, *wanted))

    def people(self) -> set[str]:
        """Get the ids of everybody of whom there is a row, as far as was remembered."""
        found = {i for table in t.DATA_TABLES for i in self._people_in(table)}
        return found | {*self.reads} | {i for (i,) in self.badge_counts}

    def _people_in(self, table: Table) -> Iterator[str]:
        index = self.of(table)
        for key in (*index.live, *index.gone):
            if (employee_id := t.employee_of(table, key)) is not None:
                yield employee_id

    def live(self) -> dict[str, int]:
        """Count the live rows of every table."""
        counts = {name: len(index.live) for name, index in self._indexes.items()}
        return counts | {t.EMPLOYEE_BADGES.name: sum(self.badge_counts.values())}

    def rows(self, table: Table, keys: Collection[Key]) -> dict[Key, Row]:
        """Get whole rows by key."""
        names = tuple(column.name for column in table.all_columns)
        wanted = set(keys)
        found: dict[Key, Row] = {}
        for values in self._sql.rows_with(table, names, *table.narrow(wanted)):
            row = dict(zip(names, values, strict=True))
            if (key := table.key_of(row)) in wanted:
                found[key] = {name: in_utc(value) for name, value in row.items()}
        return found

    def versions(self, table: Table, rows: Iterable[Row]) -> Iterator[tuple[Row, Row]]:
        """Get the row there is beside each of these, as far as there is one."""
        for part in chunks(rows, ROWS_AT_ONCE):
            before = self.rows(table, [table.key_of(row) for row in part])
            for row in part:
                if (old := before.get(table.key_of(row))) is not None:
                    yield old, row

    def newest_version(self, table: Table) -> datetime | None:
        """Get the newest `changed_at` of a table's rows."""
        return self.newest_value(table, "changed_at")

    def newest_value(self, table: Table, name: str) -> datetime | None:
        """Get the newest time in a column of a table's rows."""
        found = self._sql.rows(table, f"MAX({self._sql.column(name)})")
        newest: datetime | None = in_utc(next(found, (None,))[0])
        return newest

    def entries(self, table: Table, row_keys: Collection[str]) -> dict[str, list[Row]]:
        """Get the entries in `changes` of each of the rows, by `row_key`, that stand for good.

        A load that was stopped between `changes` and the rows left entries behind of what never
        was here: they are not among them.
        """
        if not row_keys:
            return {}
        names = ("row_key", "previous_changed_at", "changed_at", "_dlt_load_id")
        found: dict[str, list[Row]] = {}
        of_table = f" AND {self._sql.column('table_name')} = %s"
        for values in self._sql.rows_with(
            t.CHANGES, names, "row_key", row_keys, of_table, (table.name,)
        ):
            entry = {n: in_utc(v) for n, v in zip(names, values, strict=True)}
            if self._stands(entry):
                found.setdefault(entry["row_key"], []).append(entry)
        return found

    def _stands(self, entry: Row) -> bool:
        if self._unfed is None:
            return entry["_dlt_load_id"] in self._complete
        return entry["changed_at"] not in self._unfed

    def removed_since(self, table: Table, moment: datetime) -> Counter[Key]:
        """Count the rows that were removed from a table since a moment, by scope."""
        sql = self._sql
        name, change, at = map(sql.column, ("table_name", "change", "changed_at"))
        entries = sql.rows(
            t.CHANGES,
            sql.column("row_key"),
            f" AND {name} = %s AND {change} = %s AND {at} > %s",
            [table.name, "removed", moment],
        )
        keys = (orjson.loads(key) for (key,) in entries if key != "*")
        return Counter(table.scope_of(tuple(key)) for key in keys)

    def _index(self, table: Table, rows: Iterable[tuple[Any, ...]]) -> Index:
        index = Index(table)
        for *values, row_hash, removed_at in rows:
            key = tuple(values)
            if key in index.live or key in index.gone:
                index.doubled.add(key)
            if removed_at is None:
                index.live[key] = row_hash or ""
            else:
                index.gone.add(key)
        for key in index.doubled.intersection(index.live):
            index.live[key] = ""  # no row has this hash, so it is written anew
        if index.doubled:
            self.doubled[table.name] += len(index.doubled)
        return index

    def _is_first(self, complete: Collection[str]) -> bool:
        if self._never_loaded is not None:
            return self._never_loaded
        load_id = self._sql.column("_dlt_load_id")
        loads = {found for (found,) in self._sql.rows(t.EMPLOYEES, f"DISTINCT {load_id}")}
        return loads.isdisjoint(complete)

    def _badge_reads(self, complete: Collection[str]) -> dict[str, BadgeRead]:
        """Get the reads of all employees; a read counts only when its load was completed."""
        names = ("employee_id", "badges_read_at", "attempted_at", "read_status", "state_stamp")
        reads: dict[str, BadgeRead] = {}
        others = ("baseline", "load_id", "removed_at")
        for row in self._sql.ranges(t.BADGE_READS, (*names, *others)):
            employee_id, read_at, attempted_at, status, stamp, baseline, load_id, removed = row
            if removed is not None:
                continue
            if employee_id in reads:
                self.doubled[t.BADGE_READS.name] += 1
                self._twice.add(employee_id)
            counts = load_id in complete
            reads[employee_id] = BadgeRead(
                in_utc(read_at) if counts else None,
                in_utc(attempted_at) if counts and status == "unreadable" else None,
                in_utc(stamp),
                (bool(baseline) or status == _WAITED) and (status in _WAITING or not counts),
                status if counts else "waiting",
            )
        return reads

    def _incomplete(self) -> set[str]:
        expected = self._numbers(t.EMPLOYEE_PROFILES, "badge_count")
        # who the list calls accepted and their own answer does not has none, and no badges
        none = 0 if expected else None
        key_of = t.BADGE_READS.key_of
        twice = {*self._twice, *(i for (i,) in self.of(t.EMPLOYEE_PROFILES).doubled)}
        incomplete = twice.intersection(self.reads) | {
            employee_id
            for employee_id, read in self.reads.items()
            if read.status == "read"
            and expected.get(key := key_of({"employee_id": employee_id}), none)
            != self.badge_counts.get(key, 0)
        }
        index = self.of(t.BADGE_TEMPLATES)
        templates = index.live.keys() - index.doubled
        named = self._numbers(t.BADGE_TEMPLATES, "skill_count")
        skills = self._counts(t.BADGE_TEMPLATE_SKILLS)
        # one employee for each template that a live badge names
        template, employee = map(self._sql.column, ("badge_template_id", "employee_id"))
        live = f" AND {self._sql.column('removed_at')} IS NULL AND {template} IS NOT NULL"
        what, each = f"{template}, MIN({employee})", f" GROUP BY {template}"
        lacking: dict[str, str] = {}
        for found, employee_id in self._sql.rows(t.EMPLOYEE_BADGES, what, live + each):
            key = (found,)
            if key not in templates or named.get(key) != skills.get(key, 0):
                lacking[found] = employee_id
        # one that can be read, where the first cannot
        ill = {i for i, read in self.reads.items() if read.status == "unreadable"}
        unread = [found for found, employee_id in lacking.items() if employee_id in ill]
        names = ("badge_template_id", "employee_id")
        for found, employee_id in self._sql.rows_with(
            t.EMPLOYEE_BADGES, names, names[0], unread, live
        ):
            if lacking[found] in ill:
                lacking[found] = employee_id
        incomplete.update(lacking.values())
        return incomplete

    def _counts(self, table: Table) -> dict[Key, int]:
        """Count the live rows of a table by scope."""
        scope, removed = self._sql.columns(table.scope), self._sql.column("removed_at")
        live = f" AND {removed} IS NULL GROUP BY {scope}"
        rows = self._sql.rows(table, f"{scope}, COUNT(*)", live)
        return {tuple(key): count for *key, count in rows}

    def _numbers(self, table: Table, name: str) -> dict[Key, int]:
        """Get a number of each live row."""
        rows = self._sql.ranges(table, (*table.key, name, "removed_at"))
        return {tuple(key): number or 0 for *key, number, removed in rows if removed is None}
