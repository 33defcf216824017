"""People who were forgotten: known again in an answer by digests of their keys, and left out of it.

No key and no value of theirs is kept, here or in a destination. What may not be in here: SQL, and
what is removed when somebody is forgotten (see `forgetting`).
"""

import secrets
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

from workforce_source.tables import MANAGER, PREFIX, Secret

_KEYS: Final = ("id", "external_id", "email")


class Mark(NamedTuple):
    """What is remembered of the key of pseudonyms, or of one thing about a forgotten person.

    Attributes:
        kind: What the digest is of: `id`, `external_id`, `email`, `name`; or `key`.
        digest: The digest.
        person: What the marks of one person have in common; says nothing of them.
    """

    kind: str
    digest: str
    person: str | None = None


@dataclass(frozen=True)
class Known:
    """What a dataset knows of a person who is to be forgotten.

    Attributes:
        ids: The API's ids.
        external_ids: Values of `external_id`, or their pseudonyms.
        emails: E-mails, or their pseudonyms.
        names: First and last names.
    """

    ids: frozenset[str] = field(repr=False)
    external_ids: frozenset[str] = field(repr=False)
    emails: frozenset[str] = field(repr=False)
    names: frozenset[tuple[str, str]] = field(repr=False)


def marks_of(secret: Secret, known: Known) -> list[Mark]:
    """Get the marks by which a person is known again.

    Args:
        secret: The key of digests.
        known: What is known of the person.
    """
    person = secrets.token_hex(8)
    values = {
        "id": known.ids,
        "external_id": known.external_ids,
        "email": {one for email in known.emails for one in (email, email.casefold())},
    }
    digests = [(kind, _digest(secret, kind, one)) for kind, of in values.items() for one in of]
    digests += [("name", _of_name(secret, first, last)) for first, last in known.names]
    # the id first: whoever is left out by another mark alone would look to a run like one who left
    first = sorted(set(digests), key=lambda found: (found[0] != "id", found))
    return [Mark(kind, digest, person) for kind, digest in first]


class Suppression:
    """Who is left out of answers.

    Args:
        secret: The key of digests; None where nobody is forgotten.
        marks: Those of forgotten people.
    """

    def __init__(self, secret: Secret | None = None, marks: Iterable[Mark] = ()) -> None:
        self._secret = secret
        self._people = {(mark.kind, mark.digest): mark.person for mark in marks}
        self._new: dict[str, str | None] = {}

    def __bool__(self) -> bool:
        """Tell whether anybody is."""
        return bool(self._people)

    def covers(self, person: Mapping[str, Any]) -> bool:
        """Tell whether somebody with such keys is left out; their id is known from then on.

        Args:
            person: The keys `id`, `external_id` and `email`, as far as an answer has them.
        """
        if not self or self._secret is None:
            return False
        for kind in _KEYS:
            value = person.get(kind)
            if value in (None, "") or isinstance(value, list | dict):
                continue
            for one in {str(value), str(value).casefold()} if kind == "email" else {str(value)}:
                found = kind, _digest(self._secret, kind, one)
                if found in self._people:
                    self._learn(person.get("id"), self._people[found])
                    return True
        return False

    def without_manager(self, record: dict[str, Any]) -> dict[str, Any]:
        """Get the record of an employee, without their manager if that is somebody who is left out.

        Args:
            record: The record.
        """
        if not self or self._secret is None:
            return record
        external_id, first, last = (record.get(name) or "" for name in MANAGER)
        if external_id:
            gone = self.covers({"external_id": external_id})
        else:
            name = _of_name(self._secret, str(first), str(last))
            gone = bool(first or last) and ("name", name) in self._people
        if not gone:
            return record
        return record | {name: None for name in MANAGER if name in record}

    def learned(self) -> Iterator[Mark]:
        """Get marks of ids that forgotten people have been given since."""
        for employee_id, person in self._new.items():
            if self._secret is not None:
                yield Mark("id", _digest(self._secret, "id", employee_id), person)

    def _learn(self, employee_id: Any, person: str | None) -> None:
        if isinstance(employee_id, str) and self._secret is not None:
            mark = "id", _digest(self._secret, "id", employee_id)
            if mark not in self._people:
                self._people[mark] = person
                self._new[employee_id] = person


NOBODY: Final = Suppression()
"""Where nobody is left out."""


def _digest(secret: Secret, kind: str, value: str) -> str:
    # of the pseudonym: where that is all a dataset has, the same person has the same mark
    pseudonym = value if value.startswith(PREFIX) else secret.pseudonym(kind, value)
    return secret.digest(f"forgotten {kind}", pseudonym)


def _of_name(secret: Secret, first: str, last: str) -> str:
    return secret.digest("forgotten name", f"{first.strip().casefold()}\0{last.strip().casefold()}")
