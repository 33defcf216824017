"""The people in Credly as the list shows them now: walked in full, and found by their keys.

What may not be in here: what a company wants of them.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

from workforce_source.client import Client, Record
from workforce_source.endpoints import EMPLOYEES, NOT_ACCEPTED
from workforce_source.exceptions import ApiError
from workforce_source.roster.columns import COMPARED, PLACE, UNKNOWN, folded, text_of

WALKS: Final = 5
"""Walks of the list at most, until one shows all it counts, or nobody new."""
UNREADABLE: Final = datetime.max.replace(tzinfo=UTC)
"""Stands for a time of the API that cannot be read."""


@dataclass(frozen=True, slots=True)
class Person:
    """One person in Credly.

    Attributes:
        id: The API's id.
        external_id: Their external_id; None without one.
        email: Their e-mail; empty without one.
        state: Their state, whatever word it is.
        invited: When they were last invited.
        values: The values of `COMPARED`; `UNKNOWN` where the record has no such attribute.
    """

    id: str
    external_id: str | None = field(repr=False)
    email: str = field(repr=False)
    state: str
    invited: datetime | None
    values: tuple[Any, ...] = field(repr=False)

    @property
    def keys(self) -> tuple[str, ...]:
        """Keys a path can have, external_id first."""
        return tuple(filter(None, (self.external_id, self.email)))

    @property
    def may_accept(self) -> bool:
        """Whether the state says that the connection is not accepted."""
        return self.state in NOT_ACCEPTED

    def scoped(self) -> dict[str, str | None]:
        """Get the values a scope is stated by; what is not known is in none."""
        values = {name: self.values[PLACE[name]] for name in PLACE}
        return {name: v for name, v in values.items() if v is not UNKNOWN} | {
            "employee_state": self.state
        }


class People:
    """Everybody in Credly.

    Args:
        persons: Each of them once.

    Attributes:
        by_id: By the API's id.
        by_external_id: By external_id, exactly as it is.
        by_email: By e-mail, whatever its case.
    """

    def __init__(self, persons: Iterable[Person]) -> None:
        self.by_id = {person.id: person for person in persons}
        self.by_external_id: dict[str, tuple[Person, ...]] = {}
        self.by_email: dict[str, tuple[Person, ...]] = {}
        claimed: set[str] = set()
        self._shared: set[str] = set()
        for person in self.by_id.values():
            if key := person.external_id:
                self.by_external_id[key] = (*self.by_external_id.get(key, ()), person)
            if key := folded(person.email):
                self.by_email[key] = (*self.by_email.get(key, ()), person)
            own = {folded(key) for key in person.keys}
            self._shared |= own & claimed
            claimed |= own

    def __len__(self) -> int:
        """Get how many there are."""
        return len(self.by_id)

    def leads_to_one(self, key: str) -> bool:
        """Tell whether a path with this key can lead to one person only, whoever compares how."""
        return folded(key) not in self._shared

    def paths(self, person: Person) -> tuple[tuple[str, ...], bool]:
        """Get the keys that lead to a person, the best first, and whether to look before."""
        sure = [key for key in person.keys if self.leads_to_one(key)]
        if sure:
            return (sure[0], *(key for key in person.keys if key != sure[0])), False
        return person.keys, True

    def having(self, keys: Collection[str]) -> set[str]:
        """Get those of some folded keys that somebody has, as either of theirs."""
        found: set[str] = set()
        if keys:
            for person in self.by_id.values():
                found.update(key for key in map(folded, person.keys) if key in keys)
        return found


def read_people(client: Client) -> tuple[People, list[str]]:
    """Walk the list of employees in full (section "Get Employees"); get them, and what to know.

    A list that changes meanwhile is walked again, until it comes to rest.

    Raises:
        ApiError: It does not come to rest.
        WorkforceError: As for `Client.pages`.
    """
    shared: dict[str, str] = {}
    found: dict[str, Person] = {}
    for walk in range(WALKS):
        known, totals, walked = len(found), set[int](), list[str]()
        for page in client.pages(EMPLOYEES):
            totals.add(page.total_count or 0)
            for record in page.records:
                person = person_of(record, shared)
                found[person.id] = person
                walked.append(person.id)
        shown = set(walked)
        at_rest = len(totals) == 1 and len(shown) == len(walked)
        if at_rest and len(shown) >= max(totals):
            return People(found[one] for one in shown), []
        if walk and len(found) == known and at_rest:
            return People(found[one] for one in shown), [
                f"The list counts {max(totals) - len(shown):,} more people than it shows, in two"
                " walks the same. Whom it does not show, this plan does not know."
            ]
        if walk and len(found) == known == max(totals):
            return People(found.values()), []
    raise ApiError(
        "The list of employees keeps changing while it is read, so nobody can say who is not in it."
        " Run again when nobody else writes. Nothing was written.",
        path=EMPLOYEES.path,
    )


def person_of(record: Record, shared: dict[str, str]) -> Person:
    """Get the person of a record.

    Args:
        record: As the API sent it.
        shared: Texts that stand in many records, and once in memory.
    """

    def value(name: str) -> Any:
        if name not in record:
            return UNKNOWN
        text = text_of(record[name])
        return None if text is None else shared.setdefault(text, text)

    invited = record.get("last_invitation_sent_at")
    return Person(
        record["id"],
        text_of(record.get("external_id")) or None,
        text_of(record.get("email")) or "",
        value("employee_state") if isinstance(record.get("employee_state"), str) else "",
        moment(invited) if invited is not None else None,
        tuple(value(name) for name in COMPARED),
    )


def moment(value: object) -> datetime:
    """Get a time of the API, aware; `UNREADABLE` where it is none."""
    try:
        read = datetime.fromisoformat(str(value))
    except ValueError:
        return UNREADABLE
    return read if read.tzinfo else read.replace(tzinfo=UTC)
