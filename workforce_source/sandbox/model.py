"""What an organization is made of: employees, their badges, their external badges.

Typed values only, in the order of the API page, as they are before any JSON; who finds whom is in
`population.py`, how they are served in `records.py`, how they come about in `populate.py`.
"""

from dataclasses import dataclass, field, fields
from datetime import date, datetime
from random import Random


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


_SHOWN_AFTER = {"last_name": ("full_name",), "manager_external_id": ("location",)}
EMPLOYEE_ATTRIBUTES = tuple(
    name
    for own in fields(Employee)
    if own.name not in ("bio", "vanity_url", "badges", "external_badges")
    for name in (own.name, *_SHOWN_AFTER.get(own.name, ()))
)
"""What a list shows of an employee, in the order of the page."""


def random_uuid(rng: Random) -> str:
    """Get a random UUID (version 4) as text."""
    digits = f"{rng.getrandbits(128):032x}"
    variant = "89ab"[int(digits[16], 16) & 3]
    return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-{variant}{digits[17:20]}-{digits[20:]}"
