"""One run over one organization: what is remembered, what is read, what there is to load.

Puts the parts together and orders the packages; how these reach the destination is not known here.
"""

from collections.abc import Collection, Iterator
from datetime import datetime, timedelta
from typing import Final

from workforce_source import tables as t
from workforce_source.endpoints import ACCEPTED, EMPLOYEES
from workforce_source.exceptions import WorkforceError
from workforce_source.freshness import Plan, overdue, plan_reads
from workforce_source.mirror import Difference, Package
from workforce_source.sync.badges import RESOURCE as BADGES
from workforce_source.sync.badges import UNREADABLE, BadgeReader
from workforce_source.sync.context import Context
from workforce_source.sync.employees import EmployeeListing, ListedEmployee
from workforce_source.sync.lists import listings, walk
from workforce_source.sync.removals import Differences, confirm, departures, forget_absent
from workforce_source.sync.signals import Signals
from workforce_source.tables import Row, Table

ROWS_AN_EMPLOYEE: Final = 5
"""Rows a batch of badges has for each employee in it; a package of lists may have as many."""


def packages(
    context: Context,
    resources: Collection[str] = t.RESOURCES,
    *,
    cut: bool = False,
    signals: Signals | None = None,
) -> Iterator[Package]:
    """Get the packages of a run as they are written: lists and a first batch of badges, then more.

    The first batch is read before anything is written: its requests start at once, and those of
    the next batch go on meanwhile. One load package instead of two is half the work for a run that
    reads few badges.

    Args:
        context: What the parts of the run work with; its memory remembers.
        resources: Resources whose tables are written.
        cut: Let long lists of a first load be packages of their own: what a destination such as
            DuckDB holds in memory grows with the rows of the package at hand. Otherwise the first
            package has the lists, and all others have badges only.
        signals: Says whose badges are read early; of a run that looks at everybody.
    """
    memory = context.memory
    lists, listed = _lists(context, resources)
    accepted = {i: who.state_stamp for i, who in listed.items() if who.state == ACCEPTED}
    mine = {i: at for i, at in accepted.items() if context.shard.has(i)}
    context.statistics.accepted = len(mine)
    before: list[Package] = []
    batches: Iterator[Package] = iter(())
    waiting: list[Row] = []
    if BADGES in resources:
        batches = _badges(context, listed, mine, None if context.partial else signals)
        # of a first load the first shard says who waits, before another has written a read
        waits = mine if not memory.first_load else accepted if context.shard.first else {}
        waiting = _waiting(context, waits)
    most = ROWS_AN_EMPLOYEE * context.settings.checkpoint_every
    # after a refresh that only empties tables, nothing would tell the next run that this one was
    # stopped in between
    if cut and memory.first_load and not memory.emptied and lists.rows > most:
        # Until `changes` is there, which `lists` creates, a run that goes on is a first load. From
        # then on the reads are: those that wait tell it, so they come before.
        before = [Package().add(t.BADGE_READS, waiting).close(), *lists.cut(most)]
        waiting = []
    first, failure = Package(), None
    try:
        first = next(batches, first)
    except WorkforceError as error:
        failure = error  # raised when what was found so far is loaded
    while before:
        yield before.pop(0)
    taken, key_of = first.keys(t.BADGE_READS), t.BADGE_READS.key_of
    lists.add(t.BADGE_READS, [row for row in waiting if key_of(row) not in taken]).close()
    # No key may stand twice in a package: a skill that was removed softly is purged with the lists
    # and may be back with the batch.
    if not memory.of(t.BADGE_TEMPLATE_SKILLS).gone:
        lists.absorb(first)
        first = Package()
    yield lists
    if failure is not None:
        raise failure
    if first:
        yield first
    yield from batches
    context.statistics.holds = context.values.standing
    context.statistics.notes += context.values.news()


def _lists(
    context: Context, resources: Collection[str]
) -> tuple[Package, dict[str, ListedEmployee]]:
    """Walk the lists; get what they and the leavers change, and the employees on them."""
    memory, statistics = context.memory, context.statistics
    package, now = Package(), context.clock.now()
    lists = listings(context, {*resources, *([EMPLOYEES.name] * (BADGES in resources))})
    differences = {name: found for one in lists for name, found in one.differences.items()}
    nothing_held = not any(memory.of(t.TABLE_BY_NAME[name]).live for name in differences)
    if memory.first_load and not context.partial and nothing_held:
        # nothing found now can turn out to be gone or known

        def spill(table: Table, difference: Difference) -> None:
            context.writer.write(package, table, difference, now, baseline=True)

        for listing in lists:
            listing.spill = spill if listing.endpoint.name in resources else None
    if not context.shard.first:
        for listing in lists:
            listing.spill = _drop  # the first shard writes them
    walk(context, lists)
    employees = next((one for one in lists if isinstance(one, EmployeeListing)), None)
    with memory.connect():
        if context.partial:
            filtered = employees if context.settings.employee_filter else None
            _cut(differences, {None, *filtered.listed} if filtered else None)
        elif not context.shard.first:
            forget_absent(differences)
        else:
            if employees is not None and BADGES in resources:
                differences |= departures(context, employees.staying)
            confirm(context, lists, differences)
        for listing in lists:
            listing.settle(now)
            statistics.listed[listing.endpoint.name] = len(listing.seen)
            if listing.newest is not None and listing.endpoint.name in resources:
                package.newest[listing.endpoint.name] = listing.newest
        listed = {} if employees is None else employees.listed
        accepted = {i for i, who in listed.items() if who.state == ACCEPTED}
        written = [table for table in t.TABLES if table.resource in resources]
        for table in written:
            difference = differences.get(table.name, Difference())
            whole = context.shard.first and not context.partial
            gone = memory.of(table).gone if whole else set()
            if table in (t.EMPLOYEE_PROFILES, t.EMPLOYEE_BADGES):
                # those of accepted employees go with the batch that reads them, where they may
                # turn out to be back
                gone = {key for key in gone if t.employee_of(table, key) not in accepted}
            context.writer.write(
                package, table, difference, now, gone=gone, baseline=memory.baseline(table)
            )
    if employees is not None and (unknown := len(employees.staying) - len(accepted)):
        have = "employee has" if unknown == 1 else "employees have"
        statistics.notes.append(
            f"{unknown:,} listed {have} a state the API page does not name, or none:"
            " badges stay as they are, unread."
        )
    lacking = memory.missing | memory.emptied | memory.outdated
    if context.shard.first:
        package.to_create = [one.name for one in (t.CHANGES, *written) if one.name in lacking]
    return package.close(), listed


def _badges(
    context: Context,
    listed: dict[str, ListedEmployee],
    accepted: dict[str, datetime | None],
    signals: Signals | None,
) -> Iterator[Package]:
    """Read badges where due and get a package a batch."""
    settings, reads, statistics = context.settings, context.memory.reads, context.statistics
    inside = {i: at for i, at in accepted.items() if context.looks_at(at)}
    wanted = {key.casefold() for key in settings.refresh or ()}
    # what was held back is anywhere among those who were read
    anew = context.values.allow and context.values.stood_in_parts
    signalled = {
        employee_id
        for employee_id, who in listed.items()
        if wanted and wanted & {key.casefold() for key in (employee_id, *who.keys)}
    }

    if wanted and not context.partial:
        there = {key.casefold() for who in listed for key in (who, *listed[who].keys)}
        if nobodys := len(wanted - there):
            keys = "1 key to refresh is" if nobodys == 1 else f"{nobodys:,} keys to refresh are"
            statistics.notes.append(f"{keys} nobody's in the list of employees.")

    def planned() -> Plan:
        return plan_reads(
            inside,
            reads,
            context.clock.now(),
            timedelta(0) if settings.window or anew else settings.max_age,
            signalled=signalled,
            incomplete=context.memory.incomplete,
            max_reads=settings.max_badge_reads,
        )

    plan = planned()
    if signals is not None:
        if found := signals.find(context, listed, inside, len(plan.due)):
            signalled |= found
            plan = planned()
        statistics.signals, statistics.signal_types = signals.counts, signals.other_types
        statistics.notes += signals.notes
    statistics.due, statistics.fresh, statistics.capped = plan.reasons, plan.fresh, plan.capped
    reader = BadgeReader(context, listed)
    done: set[str] = set()
    due = plan.due
    while due:
        yield from reader.packages(due)
        done.update(due)
        late = settings.max_badge_reads is None and not settings.window
        now = context.clock.now()
        due = overdue(inside, reads, now, settings.max_age, done) if late else []
        statistics.due["too old"] += len(due)
    if signals is not None:
        signals.settle(done)
    earlier = {i: reads[i].read_at for i in accepted if i in reads}
    times = [reader.read_at.get(i) or earlier.get(i) for i in accepted]
    kept = {i for i in accepted if i in reads and reads[i].status == UNREADABLE}
    statistics.unreadable_now = len((kept - reader.read_at.keys()) | {*statistics.unreadable_ids})
    statistics.never_read = sum(at is None for at in times)
    statistics.oldest_read_at = min((at for at in times if at is not None), default=None)


def _waiting(context: Context, accepted: Collection[str]) -> list[Row]:
    # a row before they are read says that they wait, and whether their first read is news
    return [
        {
            "organization_id": context.settings.organization_id,
            "employee_id": employee_id,
            "read_status": "waiting",
            "baseline": context.memory.first_load,
        }
        for employee_id in accepted
        if employee_id not in context.memory.reads
    ]


def _drop(table: Table, difference: Difference) -> None:
    """Take rows over that nobody wants."""


def _cut(differences: Differences, people: Collection[str | None] | None) -> None:
    """Leave the rows of some people and about nobody; all unless given. Call nothing absent."""
    forget_absent(differences)
    if people is None:
        return
    for name, difference in differences.items():
        table = t.TABLE_BY_NAME[name]
        for rows in (difference.added, difference.changed):
            rows[:] = [row for row in rows if t.employee_of(table, table.key_of(row)) in people]
