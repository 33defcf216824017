"""The badges of the employees who are due: read concurrently, compared batch by batch.

Each batch is a package of its own, so that a stopped run repeats at most one. Who is due is
decided in `freshness`; what an answer entitles to call absent is its scopes.
"""

from collections.abc import Collection, Iterator
from datetime import datetime, timedelta
from itertools import chain
from typing import Final

from workforce_source import tables as t
from workforce_source.endpoints import EMPLOYEE_DATA
from workforce_source.exceptions import UnexpectedResponse
from workforce_source.mirror import Package, compare
from workforce_source.sync.context import Context
from workforce_source.sync.employees import BadgeAnswer, KeyChooser, ListedEmployee, read_badges
from workforce_source.tables import EMPLOYEE_PROFILES as PROFILES
from workforce_source.tables import Key, Row, Rows

RESOURCE: Final = t.EMPLOYEE_BADGES.resource
TABLES: Final = t.tables_of(RESOURCE)
SHARED: Final = (t.BADGE_TEMPLATES, t.BADGE_TEMPLATE_SKILLS)
"""Tables whose scopes the answers of several employees have."""
MOST_AHEAD = 2_000
"""Answers at most that wait to be used: what comes in while a batch is loaded."""
LONG: Final = timedelta(seconds=4)
"""A batch that is read for so long may end before it is full."""
OVERLAP: Final = timedelta(seconds=1.5)
"""How long what is left may take to read when it ends: about as long as a package is loaded."""
LED: Final = 20
"""Answers in the first batch of the shard for whose lists the others wait."""
READ, HELD, UNREADABLE = "read", "held", "unreadable"


class BadgeReader:
    """Reads the badges of employees and turns each batch into a package.

    Args:
        context: The run, with a guard for what single reads call absent.
        listed: Every employee on the list.
    """

    def __init__(self, context: Context, listed: dict[str, ListedEmployee]) -> None:
        self._context = context
        self._listed = listed
        self._all_first = context.memory.baseline(t.EMPLOYEE_BADGES)
        self._compared: dict[str, dict[Key, list[Row]]] = {table.name: {} for table in SHARED}
        self.read_at: dict[str, datetime] = {}
        """When each employee read in this run was read."""

    def packages(self, due: Collection[str]) -> Iterator[Package]:
        """Read employees and get a package a batch; requests go on while a batch is loaded.

        Args:
            due: Employee ids, most urgent first.
        """
        context, keys = self._context, KeyChooser(self._listed)
        size, patience = context.settings.checkpoint_every, max(context.settings.max_workers, 20)
        answers = context.each(
            lambda employee_id: read_badges(
                context, employee_id, keys.keys(self._listed[employee_id])
            ),
            due,
            look_ahead=min(size, MOST_AHEAD),
        )
        batch: list[BadgeAnswer] = []
        began, failed_in_a_row = context.clock.now(), 0
        for done, (_, answer) in enumerate(answers, 1):
            context.progress(EMPLOYEE_DATA.name, done, len(due))
            batch.append(answer)
            failed_in_a_row = failed_in_a_row + 1 if answer.error else 0
            if failed_in_a_row > patience:
                # not one employee but the API: what was read is loaded, the rest waits
                yield self._package(batch)
                raise answer.error or UnexpectedResponse()
            read_for = context.clock.now() - began
            few = context.memory.first_load and context.shard.leads and done == LED
            if few or len(batch) >= size or _nearly_done(batch, read_for, len(due) - done):
                package = self._package(batch)
                batch = []  # before the package is loaded, which needs the memory
                yield package
                began = context.clock.now()
        if batch:
            yield self._package(batch)

    def _package(self, batch: list[BadgeAnswer]) -> Package:
        context, memory = self._context, self._context.memory
        package, now = Package(), context.clock.now()
        rows, news = self._newest(batch)
        kept: set[str | None] = set()
        with memory.connect():
            indexes = {table.name: memory.within(table, rows[table.name]) for table in TABLES}
            differences = {
                name: compare(chain.from_iterable(by_scope.values()), indexes[name])
                for name, by_scope in rows.items()
            }
            # a profile is all of its scope: there is nothing to take a share of
            live = {name: len(indexes[name].live) for name in indexes if name != PROFILES.name}
            absent = {name: n for name, found in differences.items() if (n := len(found.absent))}
            allowed = context.guard.allows(live, absent)
            for table in TABLES:
                difference = differences[table.name]
                if not allowed:
                    kept.update(t.employee_of(table, key) for key in difference.absent)
                    difference.absent = []
                context.writer.write(
                    package,
                    table,
                    difference,
                    now,
                    gone=() if table in SHARED else indexes[table.name].gone,
                    baseline=self._all_first or rows[table.name].keys() - news[table.name],
                )
                if table in SHARED:
                    memory.of(table).learn(difference)
        reads = [row for answer in batch if (row := self._row(answer, kept))]
        package.add(t.BADGE_READS, reads)
        return package.close()

    def _newest(self, batch: list[BadgeAnswer]) -> tuple[Rows, dict[str, set[Key]]]:
        """Get the newest rows of each scope, and which scopes are not of first reads only."""
        rows: Rows = {table.name: {} for table in TABLES}
        news: dict[str, set[Key]] = {table.name: set() for table in TABLES}
        for answer in batch:
            first = self._is_first(answer)
            for name, by_scope in (answer.rows or {}).items():
                rows[name].update(by_scope)
                if not first:
                    news[name].update(by_scope)
        for name, compared in self._compared.items():
            # what is as an earlier batch had it was compared there
            rows[name] = {s: of for s, of in rows[name].items() if compared.get(s) is not of}
            compared.update(rows[name])
        return rows, news

    def _is_first(self, answer: BadgeAnswer) -> bool:
        """Tell whether a read belongs to a first load, of which there are no entries."""
        known = self._context.memory.reads.get(answer.employee_id)
        return self._all_first or (known is not None and known.baseline)

    def _row(self, answer: BadgeAnswer, kept: Collection[str | None]) -> Row | None:
        statistics = self._context.statistics
        if answer.error is not None:
            statistics.given_up += 1
            return None
        known = self._context.memory.reads.get(answer.employee_id)
        row: Row = {
            "organization_id": self._context.settings.organization_id,
            "employee_id": answer.employee_id,
            "badges_read_at": None if known is None else known.read_at,
            "attempted_at": answer.at,
            "state_stamp": self._listed[answer.employee_id].state_stamp,
            "http_status": None,
            "baseline": self._is_first(answer),
        }
        if answer.rows is None:
            statistics.unreadable[answer.http_status] += 1
            statistics.unreadable_ids.append(answer.employee_id)
            if known is None or known.status != UNREADABLE:
                statistics.newly_unreadable += 1
            return row | {"read_status": UNREADABLE, "http_status": answer.http_status}
        statistics.read += 1
        if answer.employee_id in kept:
            # not a good read: what it called absent is still here, so it is due again
            return row | {"read_status": HELD, "badges_read_at": None}
        self.read_at[answer.employee_id] = answer.at
        return row | {"read_status": READ, "badges_read_at": answer.at}


def _nearly_done(batch: list[BadgeAnswer], read_for: timedelta, left: int) -> bool:
    """Tell whether the rest of a long run of reads would be read while this batch is loaded.

    It is then a batch of its own, so that little has to be loaded once all is read.
    """
    return left > 0 and read_for >= LONG and left * read_for <= OVERLAP * len(batch)
