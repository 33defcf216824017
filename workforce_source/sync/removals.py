"""Removal candidates: held back when there are too many, else confirmed one by one.

A list that changes while it is walked hides living people even when its totals agree, so nothing
is removed on the word of a list. Nothing is written here.
"""

from collections import Counter
from collections.abc import Collection, Iterable

from workforce_source import tables as t
from workforce_source.client import Record
from workforce_source.exceptions import GivenUp, NotReadable, UnexpectedResponse
from workforce_source.sync.context import Context
from workforce_source.sync.employees import EmployeeListing
from workforce_source.sync.listing import Listing
from workforce_source.sync.remembered import Remembered
from workforce_source.tables import Key, Table

Removals = dict[str, list[Key]]
"""Live keys to remove, by table name."""


def confirmed_removals(
    context: Context, known: Remembered, lists: list[Listing], employees: EmployeeListing | None
) -> Removals:
    """Decide on all candidates at once; those found alive join their lists.

    Args:
        context: The run.
        known: What the mirror holds; its memory is connected.
        lists: All lists that were walked.
        employees: The list of employees, when what leavers leave behind is to go.
    """
    candidates = {listing.table.name: listing.candidates() for listing in lists}
    missing = {t.employee_of(t.EMPLOYEES, key) for key in candidates.get(t.EMPLOYEES.name, ())}
    leaving = {} if employees is None else _left_behind(known, employees.staying)
    wanted: dict[str, int] = {}
    for listing in lists:
        # what a removed employee takes along does not count
        wanted[listing.table.name] = len(
            _by_itself(listing.table, candidates[listing.table.name], missing)
        )
        for table in listing.further:
            wanted[table.name] = len(listing.differences[table.name].absent)
    for name, keys in leaving.items():
        if not (table := t.TABLE_BY_NAME[name]).bookkeeping:
            wanted[name] = len(_by_itself(table, keys, missing))
    context.report.candidates.update({name: n for name, n in wanted.items() if n})
    if not context.guard.allows(known.live(), wanted):
        return {}

    removals: Removals = {}
    gone: set[str | None] = set()
    for listing in lists:
        own, keys = listing.table, candidates[listing.table.name]
        asked = _by_itself(own, keys, gone)
        confirmed = {*keys}.difference(asked).union(_confirm(context, listing, asked))
        removals[own.name] = [key for key in keys if key in confirmed and key in known.of(own).live]
        for table in listing.further:
            behind = known.of(table).within(confirmed).live
            removals[table.name] = [*listing.differences[table.name].absent, *behind]
        if own is t.EMPLOYEES:
            gone = {t.employee_of(own, key) for key in confirmed}
    if employees is not None:
        # a missing employee nobody could confirm keeps everything
        staying = employees.staying | (missing - gone)
        for name, keys in leaving.items():
            removals[name] = _by_itself(t.TABLE_BY_NAME[name], keys, staying)
    return removals


def _confirm(context: Context, listing: Listing, keys: Collection[Key]) -> list[Key]:
    """Get those of a list's candidates that are gone indeed."""
    own = listing.table
    by_scope: dict[Key, list[Key]] = {}
    for key in keys:
        by_scope.setdefault(own.scope_of(key), []).append(key)
    known = context.memory.rows(own, keys)

    def ask(scope: Key) -> list[Record] | None:
        rows = [known[key] for key in by_scope[scope] if key in known]
        try:
            return listing.ask(scope, rows)
        except (NotReadable, GivenUp, UnexpectedResponse):
            return None

    gone: list[Key] = []
    for scope, records in context.each(ask, by_scope):
        of_scope = by_scope[scope]
        if records is None:
            context.report.unconfirmed += len(of_scope)
            continue
        listing.take(records)
        absent = [key for key in of_scope if key not in listing.seen]
        context.report.alive += Counter({own.name: len(of_scope) - len(absent)})
        gone += absent
    return gone


def _left_behind(known: Remembered, staying: Collection[str | None]) -> Removals:
    """Get the profiles, badges and reads of employees who show no badges (any more)."""
    profiles, badges, reads = t.EMPLOYEE_PROFILES, t.EMPLOYEE_BADGES, t.BADGE_READS
    scopes = _by_itself(badges, known.badge_counts, staying)
    read = (reads.key_of({"employee_id": employee_id}) for employee_id in known.reads)
    return {
        profiles.name: _by_itself(profiles, known.of(profiles).live, staying),
        badges.name: list(known.within(badges, scopes).live),
        reads.name: _by_itself(reads, read, staying),
    }


def _by_itself(table: Table, keys: Iterable[Key], people: Collection[str | None]) -> list[Key]:
    """Get the keys of rows that go with none of these people; a person goes by themselves."""
    return [k for k in keys if table is t.EMPLOYEES or t.employee_of(table, k) not in people]
