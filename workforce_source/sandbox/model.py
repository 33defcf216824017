"""The state of an organization: employees, their badges, their external badges, and who finds whom.

Typed values only, as they are before any JSON; how they are served is in `answers.py`, how they
come about in `populate.py` and `churn.py`.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from random import Random
from threading import RLock
from typing import Any


@dataclass(slots=True, eq=False)
class Issuer:
    """Who issues badges; `employer` is the organization itself."""

    name: str
    image_url: str | None = None
    employer: bool = False


@dataclass(slots=True, eq=False)
class Template:
    """What can be earned; one object for everybody who holds it."""

    id: str
    name: str
    description: str | None
    skills: list[str]
    issuer: Issuer
    image: str | None = None
    image_url: str | None = None
    valid_days: int | None = None


@dataclass(slots=True, eq=False)
class Badge:
    """One badge of one person."""

    id: str
    template: Template
    issued_to: str | None
    issued_to_first_name: str | None
    issued_to_middle_name: str | None
    issued_to_last_name: str | None
    issued_at: datetime | None
    issued_at_date: date | None
    expires_at: datetime | None
    expires_at_date: date | None
    state: str
    public: bool

    @property
    def visible(self) -> bool:
        """Whether the employer sees it: its own badges, and public accepted ones of others."""
        return self.template.issuer.employer or (self.public and self.state == "accepted")


@dataclass(slots=True, eq=False)
class ExternalBadge:
    """A badge that was not issued through Credly, as poor as its issuer left it.

    `bare`: nested objects without any value are null, not objects of nulls.
    """

    credly_record_id: str
    type: str | None
    badge_name: str | None
    badge_description: str | None
    credential_number: str | None
    criteria_id: str | None
    criteria_narrative: str | None
    issuer_name: str | None
    issued_at: datetime | None
    issued_at_date: date | None
    expires_at: datetime | None
    expires_at_date: date | None
    badge_url: str | None
    badge_id: str | None
    refreshed_at: datetime | None
    skills: list[str]
    verified: bool | None
    image_url: str | None
    bare: bool = False


@dataclass(slots=True, eq=False, kw_only=True)
class Employee:
    """One employee of the organization."""

    id: str
    email: str
    created_at: datetime
    employee_state: str
    employee_state_updated_at: datetime
    last_invitation_sent_at: datetime | None = None
    first_name: str
    last_name: str
    photo_url: str | None = None
    team: str | None = None
    external_id: str | None = None
    position_title: str | None = None
    manager_first_name: str | None = None
    manager_last_name: str | None = None
    manager_external_id: str | None = None
    country: str | None = None
    zip_code: str | None = None
    state_or_province: str | None = None
    department: str | None = None
    organization_level_1: str | None = None
    organization_level_2: str | None = None
    organization_level_3: str | None = None
    job_family: str | None = None
    bio: str | None = None
    vanity_url: str | None = None
    badges: list[Badge] = field(default_factory=list)
    external_badges: list[ExternalBadge] = field(default_factory=list)

    @property
    def full_name(self) -> str:
        """First and last name."""
        return f"{self.first_name} {self.last_name}".strip()

    @property
    def location(self) -> str | None:
        """State or province and country, as far as they are known."""
        if self.state_or_province and self.country:
            return f"{self.state_or_province}, {self.country}"
        return self.state_or_province or self.country

    @property
    def accepted(self) -> bool:
        """Whether the employee has accepted the connection."""
        return self.employee_state == "accepted"


class Population:
    """Everybody in the organization, findable by id and by the keys a path may hold.

    Change it through `add`, `remove` and `edit`, or by hand inside `with population.changing():`,
    which holds the lock and makes the next look-up see the change.

    Args:
        employees: The first employees, in any order.
        templates: The catalogue; churn issues from it.
        seed: Where the ids of later employees and badges come from.
    """

    def __init__(
        self, employees: Iterable[Employee] = (), templates: Iterable[Template] = (), seed: int = 0
    ) -> None:
        self.lock = RLock()
        self.employees = list(employees)
        self.templates = list(templates)
        self.version = 0
        """Moves with every change; what was computed under another version is stale."""
        self._ids = Random(f"ids:{seed}")
        self._indexed = -1
        self._by_id: dict[str, Employee] = {}
        self._by_key: dict[str, Employee] = {}

    @contextmanager
    def changing(self) -> Iterator[None]:
        """Hold the lock while the caller changes anything by hand."""
        with self.lock:
            try:
                yield
            finally:
                self.version += 1

    def new_id(self) -> str:
        """Get an id nobody has."""
        return random_uuid(self._ids)

    def add(self, employee: Employee) -> None:
        """Take an employee in."""
        with self.changing():
            self.employees.append(employee)

    def remove(self, employee_id: str) -> None:
        """Delete an employee without a trace.

        Raises:
            KeyError: Nobody has this id.
        """
        with self.changing():
            self.employees.remove(self.by_id(employee_id))

    def edit(self, employee_id: str, **changes: Any) -> Employee:
        """Set attributes of one employee; no timestamp moves unless it is among them.

        Raises:
            KeyError: Nobody has this id.
        """
        with self.changing():
            employee = self.by_id(employee_id)
            for name, value in changes.items():
                setattr(employee, name, value)
            return employee

    def by_id(self, employee_id: str) -> Employee:
        """Get the employee with this id.

        Raises:
            KeyError: Nobody has this id.
        """
        self._index()
        return self._by_id[employee_id]

    def find(self, key: str, *, by_id_too: bool = False) -> Employee | None:
        """Get the employee a path key leads to, in any case.

        Where it fits several, an e-mail goes before an external_id and the older employee before
        the younger. The page does not say which; that it is one of them is all a client knows.
        """
        self._index()
        return self._by_key.get(key.casefold()) or (
            self._by_id.get(key.lower()) if by_id_too else None
        )

    def _index(self) -> None:
        with self.lock:
            if self._indexed == self.version:
                return
            self.employees.sort(key=lambda employee: (employee.created_at, employee.id))
            self._by_id = {employee.id: employee for employee in self.employees}
            # later entries win: the weaker claim goes first, the oldest employee last
            by_key: dict[str, Employee] = {}
            for employee in reversed(self.employees):
                if employee.external_id:
                    by_key[employee.external_id.casefold()] = employee
            for employee in reversed(self.employees):
                by_key[employee.email.casefold()] = employee
            self._by_key = by_key
            self._indexed = self.version

    def in_order(self) -> list[Employee]:
        """Get everybody from the oldest to the youngest; the list is not to be changed."""
        self._index()
        return self.employees


def random_uuid(rng: Random) -> str:
    """Get a random UUID (version 4) as text."""
    digits = f"{rng.getrandbits(128):032x}"
    variant = "89ab"[int(digits[16], 16) & 3]
    return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-{variant}{digits[17:20]}-{digits[20:]}"
