"""Who is meant by which row: by external_id exactly, by e-mail only where one of both has none.

Pure. What may not be in here: what is done with a match.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

from workforce_source.roster.columns import folded
from workforce_source.roster.model import Trouble, TroubleKind
from workforce_source.roster.people import People, Person
from workforce_source.roster.rows import Row


@dataclass(slots=True)
class Matching:
    """What rows mean.

    Attributes:
        pairs: Rows and the people they mean.
        new: Rows that mean nobody yet.
        troubles: Rows that could mean several, or say what cannot be done.
    """

    pairs: list[tuple[Row, Person]] = field(default_factory=list)
    new: list[Row] = field(default_factory=list)
    troubles: list[Trouble] = field(default_factory=list)


def match(rows: list[Row], people: People) -> Matching:
    """Get what each row means.

    Args:
        rows: Rows that share no key.
        people: Everybody in Credly.
    """
    found = Matching()
    by_person: defaultdict[str, list[Row]] = defaultdict(list)
    for row in rows:
        meant = _meant(row, people)
        if isinstance(meant, Trouble):
            found.troubles.append(meant)
        elif meant is None:
            found.new.append(row)
        else:
            by_person[meant.id].append(row)
    for person_id, claiming in by_person.items():
        if len(claiming) == 1:
            found.pairs.append((claiming[0], people.by_id[person_id]))
            continue
        lines = tuple(row.line for row in claiming)
        found.troubles += [
            _trouble("rejected", "other rows mean the same person", row, [person_id], lines)
            for row in claiming
        ]
    found.pairs.sort(key=lambda pair: pair[0].line)
    return found


def _meant(row: Row, people: People) -> Person | Trouble | None:
    by_email = people.by_email.get(folded(row.email), ()) if row.email else ()
    if not row.external_id:
        return _only(row, by_email, "email")
    by_id = people.by_external_id.get(row.external_id, ())
    if by_id:
        person = _only(row, by_id, "external_id")
        if isinstance(person, Person) and row.email and folded(row.email) != folded(person.email):
            ids = [person.id, *(other.id for other in by_email)]
            why = "another e-mail than the person with this external_id has; the API changes none"
            return _trouble("conflict", why, row, ids)
        return person
    if any(person.external_id for person in by_email):
        ids = [person.id for person in by_email]
        why = "an unknown external_id, and the e-mail of a person with another one"
        return _trouble("conflict", why, row, ids)
    return _only(row, by_email, "email")


def _only(row: Row, persons: Sequence[Person], key: str) -> Person | Trouble | None:
    if len(persons) > 1:
        ids = [person.id for person in persons]
        return _trouble("rejected", f"several people have this {key}", row, ids)
    return persons[0] if persons else None


def _trouble(
    kind: TroubleKind, reason: str, row: Row, ids: list[str], lines: tuple[int, ...] = ()
) -> Trouble:
    return Trouble(
        kind,
        reason,
        row.line,
        employee_ids=tuple(dict.fromkeys(ids)),
        lines=lines,
        external_id=row.external_id,
        email=row.email,
    )
