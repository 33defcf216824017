"""Who is missing from the roster, and whether so many may be deleted.

Pure; every doubt keeps somebody. What may not be in here: the API, and where the last apply is
remembered.
"""

import math
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from itertools import chain

from workforce_source.roster.columns import PLACE, folded
from workforce_source.roster.matching import Matching
from workforce_source.roster.model import Missing, Trouble
from workforce_source.roster.people import People, Person
from workforce_source.roster.rows import EMAIL, Desired
from workforce_source.roster.rules import Rules


@dataclass(frozen=True, slots=True)
class Deletions:
    """Who is to be deleted, and who is not.

    Attributes:
        persons: Those to delete; nobody where they are held back.
        missing: What became of everybody whom no row names.
    """

    persons: Sequence[Person]
    missing: Missing


def find_deletions(
    desired: Desired,
    people: People,
    matching: Matching,
    rules: Rules,
    rows_before: int | None,
) -> Deletions:
    """Get who is to be deleted.

    Args:
        desired: The roster.
        people: Everybody in Credly.
        matching: Who is meant by which row.
        rules: Whether, within which scope, and how many.
        rows_before: Rows of the roster that was last applied; None where that is not known.
    """
    if not rules.delete_missing:
        return Deletions((), Missing())
    troubles = [*desired.rejected, *matching.troubles]
    named = {person.id for _, person in matching.pairs}
    scoped = [person for person in people.by_id.values() if rules.in_scope(person.scoped())]
    absent = [person for person in scoped if person.id not in named]
    meant = _meant(absent, desired, troubles)
    unmeant = [person for person in absent if person.id not in meant]
    namesakes = _namesakes(unmeant, desired)
    strangers = [person for person in unmeant if person.id not in namesakes]
    mine = [person for person in strangers if rules.delete_accepted or person.may_accept]
    why = tuple(_why_not(desired, people, troubles, rules, rows_before, len(mine), len(scoped)))
    held = len(mine) if why else 0
    return Deletions(
        () if why else mine,
        Missing(
            in_scope=len(scoped),
            held=held,
            why=why if held else (),
            accepted=len(strangers) - len(mine),
            meant=len(absent) - len(unmeant),
            namesakes=len(unmeant) - len(strangers),
        ),
    )


def _meant(absent: Collection[Person], desired: Desired, troubles: Collection[Trouble]) -> set[str]:
    """Get the ids of those who have a key of any row, as either of theirs, however written.

    Also of rows that mean somebody else: who has one of their keys is no stranger.
    """
    found = {person_id for trouble in troubles for person_id in trouble.employee_ids}
    having: dict[str, list[str]] = {}
    for person in absent:
        for key in person.keys:
            having.setdefault(folded(key), []).append(person.id)
    rows = ((row.external_id, row.email) for row in desired.rows)
    for both in chain(rows, ((trouble.external_id, trouble.email) for trouble in troubles)):
        for given in filter(None, both):
            found.update(having.get(folded(given), ()))
    return found


def _namesakes(absent: Collection[Person], desired: Desired) -> set[str]:
    """Get the ids of those whose name a row has, where no external_id says that it is another.

    An e-mail that changed is such a row: somebody new today, and tomorrow somebody who is there.
    """
    named: dict[tuple[str, str], list[Person]] = {}
    for person in absent:
        named.setdefault(_name(person.values), []).append(person)
    return {
        person.id
        for row in desired.rows
        for person in named.get(_name(row.values), ())
        if not (row.external_id and person.external_id)
    }


def _why_not(
    desired: Desired,
    people: People,
    troubles: Collection[Trouble],
    rules: Rules,
    rows_before: int | None,
    deleted: int,
    in_scope: int,
) -> Iterable[str]:
    """Get the reasons to delete nobody: doubts, which nothing overrules, and bounds."""
    rejected = sum(trouble.kind == "rejected" for trouble in troubles)
    if not desired.count:
        yield "the roster is empty"
    elif rejected > rules.max_rejected_share * desired.count:
        yield f"{rejected:,} of {desired.count:,} rows are rejected"
    if lost := _unusable(troubles, people):
        yield f"{lost:,} rejected rows could mean anybody"
    bound = min(rules.max_deleted, math.floor(rules.max_deleted_share * in_scope))
    allowed = bound if rules.allow_deletions is None else rules.allow_deletions
    if deleted > allowed:
        yield f"{deleted:,} people are missing, and at most {allowed:,} of {in_scope:,} may go"
    if rules.allow_deletions is None and rows_before is not None:
        shrunk, most = (
            rows_before - desired.count,
            min(rules.max_deleted, math.floor(rules.max_deleted_share * rows_before)),
        )
        if shrunk > most:
            yield f"the roster has {shrunk:,} rows less than the last one, more than {most:,}"


def _unusable(troubles: Collection[Trouble], people: People) -> int:
    """Get how many rows have no key that says whom they could mean, if anybody."""
    without = [t for t in troubles if not (t.email and EMAIL.fullmatch(t.email.strip()))]
    known = people.having({folded(trouble.external_id) for trouble in without})
    return sum(folded(trouble.external_id) not in known for trouble in without)


def _name(values: Sequence[object]) -> tuple[str, str]:
    first, last = (values[PLACE[name]] for name in ("first_name", "last_name"))
    return folded(first if isinstance(first, str) else ""), folded(
        last if isinstance(last, str) else ""
    )
