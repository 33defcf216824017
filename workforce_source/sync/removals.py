"""Removal candidates: held back when there are too many, else confirmed one by one.

A list that changes while it is walked hides living people even when its totals agree, so nothing
is removed on the word of a list. Nothing is written here.
"""

from collections import Counter
from collections.abc import Collection, Iterable

from workforce_source import tables as t
from workforce_source.client import Record
from workforce_source.exceptions import Stopped, WorkforceError
from workforce_source.mirror import Difference
from workforce_source.sync.context import Context
from workforce_source.sync.listing import Listing
from workforce_source.tables import Key, Table

Differences = dict[str, Difference]
"""What differs, by table name."""


def departures(context: Context, staying: Collection[str]) -> Differences:
    """Get the differences that call absent all profiles, badges and reads of everybody else.

    Args:
        context: The run, its memory connected.
        staying: Ids of the employees whose badges stay.
    """
    memory = context.memory
    read = (t.BADGE_READS.key_of({"employee_id": employee_id}) for employee_id in memory.reads)
    scopes = _without(staying, t.EMPLOYEE_BADGES, memory.badge_counts)
    absent = {
        t.EMPLOYEE_PROFILES: _without(
            staying, t.EMPLOYEE_PROFILES, memory.of(t.EMPLOYEE_PROFILES).live
        ),
        t.EMPLOYEE_BADGES: [*memory.within(t.EMPLOYEE_BADGES, scopes).live],
        t.BADGE_READS: _without(staying, t.BADGE_READS, read),
    }
    return {table.name: Difference(absent=keys) for table, keys in absent.items()}


def confirm(context: Context, lists: list[Listing], differences: Differences) -> None:
    """Leave absent only what is gone indeed; what is found alive joins its list.

    Args:
        context: The run, its memory connected.
        lists: All lists that were walked, that of the employees first.
        differences: Theirs, and what leavers leave behind.
    """
    memory = context.memory
    missing = _people(differences)
    wanted = {
        # what a removed employee takes along does not count
        table.name: len(_without(missing, table, differences[table.name].absent))
        for table in t.DATA_TABLES
        if table.name in differences
    }
    context.statistics.candidates += Counter(wanted)
    if not context.guard.allows(memory.live(), {name: n for name, n in wanted.items() if n}):
        forget_absent(differences)
        return
    kept = missing
    for listing in lists:
        own = differences[listing.table.name]
        asked = _without(missing - kept, listing.table, own.absent)
        gone = {*own.absent}.difference(asked).union(_gone(context, listing, asked))
        live = memory.of(listing.table).live
        own.absent = [key for key in own.absent if key in gone and key in live]
        for table in listing.further:
            differences[table.name].absent += memory.of(table).within(gone).live
        if listing.table is t.EMPLOYEES:
            kept = missing - _people(differences)
    # a missing employee nobody could confirm keeps everything
    for table in (t.EMPLOYEE_PROFILES, t.EMPLOYEE_BADGES, t.BADGE_READS):
        if left := differences.get(table.name):
            left.absent = _without(kept, table, left.absent)


def forget_absent(differences: Differences) -> None:
    """Call nothing absent."""
    for difference in differences.values():
        difference.absent = []


def _gone(context: Context, listing: Listing, keys: Collection[Key]) -> list[Key]:
    """Ask for candidates of a list, and get those that are not there."""
    table, statistics = listing.table, context.statistics
    by_scope: dict[Key, list[Key]] = {}
    for key in keys:
        by_scope.setdefault(table.scope_of(key), []).append(key)
    known = context.memory.rows(table, keys)

    def ask(scope: Key) -> list[Record] | None:
        try:
            return listing.ask(scope, [known[key] for key in by_scope[scope] if key in known])
        except Stopped:
            raise
        except WorkforceError:  # nobody knows, of this one; what ails all is found out elsewhere
            return None

    gone: list[Key] = []
    for scope, records in context.each(ask, by_scope):
        if records is None:
            statistics.unconfirmed += len(by_scope[scope])
            continue
        listing.take(records)
        absent = [key for key in by_scope[scope] if key not in listing.seen]
        statistics.alive += Counter({table.name: len(by_scope[scope]) - len(absent)})
        gone += absent
    return gone


def _people(differences: Differences) -> set[str | None]:
    """Get the ids of the employees who are absent."""
    absent = differences.get(t.EMPLOYEES.name, Difference()).absent
    return {t.employee_of(t.EMPLOYEES, key) for key in absent}


def _without(people: Collection[str | None], table: Table, keys: Iterable[Key]) -> list[Key]:
    """Get the keys of rows that go with none of these people; a person goes alone."""
    return [k for k in keys if table is t.EMPLOYEES or t.employee_of(table, k) not in people]
