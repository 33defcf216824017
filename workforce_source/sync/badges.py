"""The badges of the employees who are due: read concurrently, compared batch by batch.

Each batch is a package of its own, so that a stopped run repeats at most one. Who is due is
decided in `freshness`; what an answer entitles to call absent is its scopes.
"""

import math
import threading
from collections import Counter
from collections.abc import Collection, Generator, Iterable, Iterator
from datetime import datetime, timedelta
from itertools import chain
from typing import Final

from workforce_source import tables as t
from workforce_source.endpoints import EMPLOYEE_DATA, EMPLOYEES
from workforce_source.exceptions import GivenUp, Stopped, UnexpectedResponse, WorkforceError
from workforce_source.mirror import Memory, Package, ReadGuard, compare
from workforce_source.sync.context import BRIEFLY, Context
from workforce_source.sync.employees import BadgeAnswer, KeyChooser, ListedEmployee, read_badges
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
LONGEST: Final = timedelta(days=366)
"""Further back no removal is a part of what is going on now."""
FEWEST: Final = 500
"""Employees a batch of a shard has at least, where there are as many."""
READ, HELD, UNREADABLE = "read", "held", "unreadable"


class BadgeReader:
    """Reads the badges of employees and turns each batch into a package.

    Args:
        context: The run.
        listed: Every employee on the list.
    """

    def __init__(self, context: Context, listed: dict[str, ListedEmployee]) -> None:
        self._context = context
        self._listed = listed
        self._all_first = context.memory.baseline(t.EMPLOYEE_BADGES)
        self._compared: dict[str, dict[Key, list[Row]]] = {table.name: {} for table in SHARED}
        self._patience = max(context.settings.max_workers, 20)
        self._guard: ReadGuard | None = None
        self._good = self._dead = False
        self._may_ask = threading.Event()
        self._may_ask.set()
        self.read_at: dict[str, datetime] = {}
        """When each employee read in this run was read."""

    def packages(self, due: Collection[str]) -> Iterator[Package]:
        """Read employees and get a package a batch; requests go on while a batch is loaded.

        Whoever gives no usable answer is put off until all others are read.

        Args:
            due: Employee ids, most urgent first.

        Raises:
            WorkforceError: Not one employee cannot be read, but the API; what was read is loaded.
            Stopped: The run is to end; the same.
        """
        put_off: list[BadgeAnswer] = []
        left = yield from self._round(due, put_off, BRIEFLY)
        if not put_off:
            return
        # an outage is sat out; of lists that are well it is known that there is none
        out = len(left) > len(put_off) or not self._answers()
        many = len(put_off) > self._patience
        if not self._dead and (out or not many or self._good):
            again: list[BadgeAnswer] = []
            yield from self._round(left, again, math.inf if out else BRIEFLY)
            put_off = again
            many = len(put_off) > self._patience and 2 * len(put_off) > len(due)
        if put_off and (out or many or self._dead):
            raise put_off[0].refusal or UnexpectedResponse()
        if put_off:
            yield self._package(put_off)

    def _round(
        self, due: Collection[str], failed: list[BadgeAnswer], within: float
    ) -> Generator[Package, None, list[str]]:
        """Read employees, each for so many seconds; get those who were not, with no verdict.

        Args:
            due: Employee ids.
            failed: Takes the answers of those who gave none that is usable.
            within: Seconds.
        """
        context, keys, left = self._context, KeyChooser(self._listed), dict.fromkeys(due)
        size, ended = context.settings.checkpoint_every, threading.Event()
        answers = context.each(
            lambda employee_id: read_badges(
                context, employee_id, keys.keys(self._listed[employee_id]), within
            ),
            self._until(ended, due),
            look_ahead=min(size, MOST_AHEAD),
            # whoever waits for the API is told, and may say that it is enough
            on_look=lambda: context.progress(EMPLOYEE_DATA.name, done, len(due)),
        )
        if context.shard.of > 1:
            # their packages take turns: small ones while all read, not a large one each at the end
            size = min(size, max(FEWEST, len(due) // 4))
        batch: list[BadgeAnswer] = []
        done, began, in_a_row = 0, context.clock.now(), 0
        since = context.clock.monotonic()
        try:
            for done, (employee_id, answer) in enumerate(answers, 1):
                context.progress(EMPLOYEE_DATA.name, done, len(due))
                known = context.memory.reads.get(employee_id)
                ill = known is not None and known.status == UNREADABLE
                if answer.rows is None and not ill:
                    in_a_row += answer.refusal is not None
                else:
                    in_a_row = 0 if answer.rows is not None else in_a_row
                    self._good |= answer.rows is not None
                if in_a_row <= 1:
                    since = context.clock.monotonic()
                if answer.given_up and not ill:
                    failed.append(answer)
                    if within == math.inf:  # all the time there was is over
                        ended.set()
                    elif in_a_row % self._patience == 0 and not ended.is_set():
                        waited = context.clock.monotonic() - since
                        self._dead = waited > context.settings.give_up_after
                        if self._dead or not self._answers():
                            ended.set()
                    continue
                del left[employee_id]
                batch.append(answer)
                if answer.refusal is not None and not ill:
                    try:
                        self._look(answer, in_a_row)
                    except WorkforceError:
                        ended.set()
                        # nothing is known of those who were refused with all others
                        while batch and batch[-1].refusal is not None:
                            batch.pop()
                        if batch:
                            package, batch = self._package(batch), []
                            yield package
                        raise
                read_for = context.clock.now() - began
                few = context.memory.first_load and context.shard.leads and done == LED
                if few or len(batch) >= size or _nearly_done(batch, read_for, len(due) - done):
                    package = self._package(batch)
                    batch = []  # before the package is loaded, which needs the memory
                    yield package
                    began = context.clock.now()
        except Stopped as stop:
            answers.close()
            if batch:
                yield self._package(batch)
            raise stop.after(context.statistics.read) from None
        if batch:
            yield self._package(batch)
        return list(left)

    def _until(self, ended: threading.Event, due: Iterable[str]) -> Iterator[str]:
        """Get employees to ask for; none while it is found out whether anybody is answered."""
        for employee_id in due:
            self._may_ask.wait()
            if ended.is_set():
                return
            yield employee_id

    def _page_1(self, within: float = math.inf) -> None:
        # the threads that ask for employees would leave it no turn until all are asked for
        self._may_ask.clear()
        try:
            self._context.client.page(EMPLOYEES, 1, within=within)
        finally:
            self._may_ask.set()

    def _look(self, answer: BadgeAnswer, in_a_row: int) -> None:
        """Make sure that a refusal concerns one employee: others were read, or a list can be."""
        if isinstance(answer.refusal, UnexpectedResponse):
            if in_a_row > self._patience:
                raise answer.refusal
        elif in_a_row == 1 or in_a_row % self._patience == 0:
            self._page_1()  # raises where that is refused, too

    def _answers(self) -> bool:
        """Tell whether the API answers what concerns nobody alone."""
        try:
            self._page_1(within=0)
        except GivenUp:
            return False
        return True

    def _package(self, batch: list[BadgeAnswer]) -> Package:
        context, memory = self._context, self._context.memory
        package, now = Package(), context.clock.now()
        rows, news = self._newest(batch)
        unsaid = rows[t.BADGE_TEMPLATES.name].keys() - rows[t.BADGE_TEMPLATE_SKILLS.name].keys()
        kept: set[str | None] = set()
        with memory.connect():
            indexes = {table.name: memory.within(table, rows[table.name]) for table in TABLES}
            differences = {
                name: compare(chain.from_iterable(by_scope.values()), indexes[name])
                for name, by_scope in rows.items()
            }
            lost = {
                table.name: Counter(map(table.scope_of, found.absent))
                for table in TABLES
                if (found := differences[table.name]).absent
            }
            allowed = not lost or self._guard_of(memory).allows(lost)
            for table in TABLES:
                difference = differences[table.name]
                if not allowed:
                    kept.update(t.employee_of(table, key) for key in difference.absent)
                    difference.absent = []
                index = indexes[table.name]
                context.values.saw(table, chain.from_iterable(rows[table.name].values()))
                context.values.settle(table, difference, index, now)
                if table is t.BADGE_TEMPLATE_SKILLS:
                    here = memory.of(table).scopes
                    context.values.keep(
                        table, len(rows[table.name]), sum(map(here.__contains__, unsaid))
                    )
                context.writer.write(
                    package,
                    table,
                    difference,
                    now,
                    gone=() if table in SHARED else index.gone,
                    baseline=self._all_first or rows[table.name].keys() - news[table.name],
                )
                if table in SHARED:
                    memory.of(table).learn(difference)
        reads = [self._row(answer, kept) for answer in batch]
        package.add(t.BADGE_READS, reads)
        return package.close()

    def _guard_of(self, memory: Memory) -> ReadGuard:
        """Get the guard of what reads call absent; it knows what earlier runs removed."""
        if self._guard is None:
            since = self._context.clock.now() - min(self._context.settings.max_age, LONGEST)
            here = {t.BADGE_READS.key_of({"employee_id": i}) for i in memory.reads}
            before = {
                table.name: Counter(
                    {
                        scope: count
                        for scope, count in memory.removed_since(table, since).items()
                        # what went with people who left was no matter of a read
                        if table in SHARED or scope in here
                    }
                )
                for table in TABLES
            }
            held = {i for i, read in memory.reads.items() if read.status == HELD}
            counts = memory.badge_counts
            self._guard = ReadGuard(
                self._context.guard,
                memory.live(),
                before,
                {scope: counts.get(scope, 0) for i in held for scope in [(i,)]},
            )
        return self._guard

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

    def _row(self, answer: BadgeAnswer, kept: Collection[str | None]) -> Row:
        statistics = self._context.statistics
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
            new = known is None or known.status != UNREADABLE
            if answer.given_up and new:
                statistics.given_up += 1
            else:
                statistics.newly_unreadable += new
            statistics.unreadable[answer.http_status] += 1
            statistics.unreadable_ids.append(answer.employee_id)
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
