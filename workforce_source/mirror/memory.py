"""What the destination holds: keys, hashes and reads of all, whole rows by key.

How it is asked is in `queries.py`. No HTTP, and no verdict on what changed.
"""

from collections.abc import Collection, Iterable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import dlt

from workforce_source import tables as t
from workforce_source.freshness import Read
from workforce_source.mirror.difference import Held
from workforce_source.mirror.queries import Queries, in_utc
from workforce_source.settings import SECTION
from workforce_source.tables import Key, Row, Table


@dataclass(frozen=True, slots=True)
class BadgeRead(Read):
    """One row of `badge_reads`: what is known of the reads, and how the last one ended."""

    status: str = "waiting"


class Memory:
    """Reads the mirror of one organization.

    Args:
        pipeline: The pipeline whose destination and dataset hold the mirror; without one
            nothing is held.
        organization_id: The organization; rows of others are never touched.
        emptied: Tables the load package at hand drops or truncates: they count as empty.

    Raises:
        ConfigError: The destination cannot be queried with SQL.
    """

    def __init__(
        self,
        pipeline: dlt.Pipeline | None,
        organization_id: str,
        emptied: Collection[str] = (),
    ) -> None:
        self._sql = Queries(pipeline, organization_id, emptied)

    @property
    def emptied(self) -> frozenset[str]:
        """Tables that count as empty."""
        return self._sql.emptied

    @property
    def missing(self) -> set[str]:
        """Tables the destination does not have, as far as they were asked for."""
        return self._sql.missing

    def connected(self) -> AbstractContextManager[None]:
        """Let the reads within share one connection; without a read there is none.

        Raises:
            ConfigError: The destination cannot be queried with SQL.
            DestinationError: It cannot be reached or read.
        """
        return self._sql.connected()

    def first_load(self) -> bool:
        """Tell whether no load of this source was ever completed here, or all is dropped now."""
        if self.emptied:
            return True
        loaded = f"{self._sql.column('schema_name')} = %s AND {self._sql.column('status')} = 0"
        return next(self._sql.select("_dlt_loads", "1", loaded, [SECTION], 1), None) is None

    def look_for(self, table: Table) -> None:
        """Add the table to `missing` when the destination does not have it."""
        next(self._sql.rows(table, "1", " AND 1 = 0"), None)

    def gone(self, table: Table) -> Held:
        """Get the keys of rows that were removed and are still there."""
        removed = f" AND {self._sql.column('removed_at')} IS NOT NULL"
        return Held(table, gone=set(self._sql.rows(table, self._sql.columns(table.key), removed)))

    def held(self, table: Table) -> Held:
        """Get the keys and hashes of a table."""
        return _held(table, self._sql.ranges(table, (*table.key, "row_hash", "removed_at")))

    def held_within(self, table: Table, scopes: Collection[Key]) -> Held:
        """Get the keys and hashes of the rows of some scopes."""
        names = (*table.key, "row_hash", "removed_at")
        return _held(table, self._sql.rows_with(table, names, *table.narrow(scopes)))

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

    def counts(self, table: Table) -> dict[Key, int]:
        """Count the live rows of a table by scope."""
        scope, removed = self._sql.columns(table.scope), self._sql.column("removed_at")
        live = f" AND {removed} IS NULL GROUP BY {scope}"
        rows = self._sql.rows(table, f"{scope}, COUNT(*)", live)
        return {tuple(key): count for *key, count in rows}

    def profile_badge_counts(self) -> dict[Key, int]:
        """Get how many badges each live profile says there are."""
        return self._numbers(t.EMPLOYEE_PROFILES, "badge_count")

    def template_skill_counts(self) -> dict[Key, int]:
        """Get how many skills each live template says there are."""
        return self._numbers(t.BADGE_TEMPLATES, "skill_count")

    def template_holders(self) -> dict[Key, str]:
        """Get one employee for each badge template that a live badge names, by its key."""
        template, employee = map(self._sql.column, ("badge_template_id", "employee_id"))
        live = f" AND {self._sql.column('removed_at')} IS NULL AND {template} IS NOT NULL"
        what, each = f"{template}, MIN({employee})", f" GROUP BY {template}"
        rows = self._sql.rows(t.EMPLOYEE_BADGES, what, live + each)
        return {tuple(key): employee_id for *key, employee_id in rows}

    def badge_reads(self) -> dict[str, BadgeRead]:
        """Get the reads of all employees; a read counts only when its load was completed."""
        complete = self._complete_loads()
        names = ("employee_id", "badges_read_at", "attempted_at", "read_status", "state_stamp")
        reads: dict[str, BadgeRead] = {}
        others = ("baseline", "load_id", "removed_at")
        for row in self._sql.ranges(t.BADGE_READS, (*names, *others)):
            employee_id, read_at, attempted_at, status, stamp, baseline, load_id, removed = row
            if removed is not None:
                continue
            counts = load_id in complete
            reads[employee_id] = BadgeRead(
                in_utc(read_at) if counts else None,
                in_utc(attempted_at) if counts and status == "unreadable" else None,
                in_utc(stamp),
                bool(baseline) and (status == "waiting" or not counts),
                status if counts else "waiting",
            )
        return reads

    def newest_version(self, table: Table) -> datetime | None:
        """Get the newest `changed_at` of a table's rows."""
        found = self._sql.rows(table, f"MAX({self._sql.column('changed_at')})")
        newest: datetime | None = in_utc(next(found, (None,))[0])
        return newest

    def newest_changes(self, table: Table, row_keys: Collection[str]) -> dict[str, Row]:
        """Get the newest entry in `changes` of each of the rows, by `row_key`."""
        if not row_keys:
            return {}
        names = ("row_key", "previous_changed_at", "changed_at", "change")
        newest: dict[str, Row] = {}
        of_table = f" AND {self._sql.column('table_name')} = %s"
        for values in self._sql.rows_with(
            t.CHANGES, names, "row_key", row_keys, of_table, (table.name,)
        ):
            entry = {n: in_utc(v) for n, v in zip(names, values, strict=True)}
            known = newest.get(entry["row_key"])
            if known is None or known["changed_at"] < entry["changed_at"]:
                newest[entry["row_key"]] = entry
        return newest

    def _complete_loads(self) -> set[str]:
        load_id, complete = self._sql.column("load_id"), f"{self._sql.column('status')} = 0"
        return {found for (found,) in self._sql.select("_dlt_loads", load_id, complete)}

    def _numbers(self, table: Table, name: str) -> dict[Key, int]:
        rows = self._sql.ranges(table, (*table.key, name, "removed_at"))
        return {tuple(key): number or 0 for *key, number, removed in rows if removed is None}


def _held(table: Table, rows: Iterable[tuple[Any, ...]]) -> Held:
    held = Held(table)
    for *key, row_hash, removed_at in rows:
        if removed_at is None:
            held.live[tuple(key)] = row_hash or ""
        else:
            held.gone.add(tuple(key))
    return held
