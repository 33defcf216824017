"""A believable organization from a seed: the same seed gives the same bytes.

The awkward cases are added in `awkward.py`, and what goes with people's work in `story.py`; nothing
here reads a clock.
"""

import unicodedata
from datetime import datetime, timedelta
from random import Random
from typing import Any

from workforce_source.sandbox import vocabulary as words
from workforce_source.sandbox.awkward import add_awkward_cases
from workforce_source.sandbox.catalogue import catalogue
from workforce_source.sandbox.model import (
    Badge,
    Employee,
    ExternalBadge,
    Template,
    random_uuid,
)
from workforce_source.sandbox.plain import PLAIN_LISTS
from workforce_source.sandbox.population import Population
from workforce_source.sandbox.story import choose_managers, deal_badges, report_to
from workforce_source.sandbox.times import issuers_day

_MILLISECOND = timedelta(milliseconds=1)
_STATES = ("accepted", "pending", "created", "rejected")
_STATE_WEIGHTS = (61, 22, 12, 5)
_BADGE_COUNTS = (0, 1, 2, 3, 4, 5, 6, 8, 12)
_BADGE_COUNT_WEIGHTS = (7, 15, 18, 19, 15, 11, 7, 6, 2)
_EXTERNAL_COUNTS = (1, 2, 3, 4, 6)
_EXTERNAL_COUNT_WEIGHTS = (30, 32, 20, 10, 8)
_BADGE_STATES = ("accepted", "pending", "rejected", "revoked")
_BADGE_STATE_WEIGHTS = (86, 8, 3, 3)


def populate(employees: int, seed: int, as_of: datetime, badge_factor: float = 1.0) -> Population:
    """Get an organization.

    Args:
        employees: How many people.
        seed: Decides everything else.
        as_of: Nobody and nothing is younger.
        badge_factor: Times the usual number of badges.
    """
    rng = Random(f"population:{seed}")
    templates = catalogue(rng)
    maker = PeopleMaker(rng, templates, as_of, badge_factor)
    people = [maker.employee(number) for number in range(employees)]
    managers = choose_managers(people)
    deal_badges(people, templates, managers, as_of, Random(f"story:{seed}"))
    add_awkward_cases(people, templates, rng)
    report_to(people, managers)
    population = Population(people, templates, seed)
    for one in PLAIN_LISTS:
        population.plain[one.name] += [one.invent(rng, as_of) for _ in range(employees // 5)]
    return population


class PeopleMaker:
    """Makes employees with everything they have, one after the other.

    Args:
        rng: Where chance comes from.
        templates: What can be earned.
        as_of: Nothing is younger.
        badge_factor: Times the usual number of badges.
        days: Where the chance comes from that an issuer writes another day, which some hours have
            and others have not: one of its own where who comes next must not depend on the hour.
    """

    def __init__(
        self,
        rng: Random,
        templates: list[Template],
        as_of: datetime,
        badge_factor: float = 1.0,
        days: Random | None = None,
    ) -> None:
        self._rng = rng
        self._days = days or rng
        self._as_of = as_of
        self._badge_factor = badge_factor
        self._start = as_of - timedelta(days=6 * 365)
        self._bulk = [self._moment(self._start, as_of) for _ in range(12)]
        self._managers: dict[str, list[Employee]] = {}
        self._departments = list(words.DEPARTMENTS)
        self._by_issuer = [t for t in templates if t.issuer.employer], templates

    def employee(
        self, number: int, *, state: str | None = None, at: datetime | None = None
    ) -> Employee:
        """Get a new employee; the number makes the e-mail unique.

        Args:
            number: One nobody else got.
            state: Employee state; by chance if not given.
            at: When the employee was created; by chance if not given.
        """
        rng = self._rng
        first, last = rng.choice(words.FIRST_NAMES), rng.choice(words.LAST_NAMES)
        department = rng.choices(self._departments, words.DEPARTMENT_WEIGHTS)[0]
        job_family, teams, titles = words.DEPARTMENTS[department]
        country, province, zip_pattern = words.PLACES[int(rng.random() ** 1.6 * len(words.PLACES))]
        # a third came with an import: many people, one and the same instant
        created = at or (
            rng.choice(self._bulk) if rng.random() < 0.35 else self._moment(self._start)
        )
        state = state or rng.choices(_STATES, _STATE_WEIGHTS)[0]
        changed = created if state == "created" else at or self._moment(created)
        local = f"{first}.{last}".lower().replace("'", "")
        employee = Employee(
            id=random_uuid(rng),
            email=f"{_ascii(local)}.{number}@{words.EMPLOYER_DOMAIN}",
            created_at=created,
            employee_state=state,
            employee_state_updated_at=changed,
            last_invitation_sent_at=None if state == "created" else self._moment(created, changed),
            first_name=first,
            last_name=last,
            photo_url=self._maybe(0.3, f"https://images.badges.example/photo/{number}.jpg"),
            team=self._maybe(0.93, rng.choice(teams)),
            external_id=self._maybe(0.85, f"M{100000 + number}"),
            position_title=self._maybe(0.95, rng.choice(titles)),
            country=self._maybe(0.92, country),
            zip_code=self._zip(zip_pattern),
            state_or_province=province,
            department=self._maybe(0.97, department),
            organization_level_1=self._maybe(0.9, rng.choice(words.DIVISIONS)),
            organization_level_2=self._maybe(0.85, rng.choice(words.REGIONS)),
            organization_level_3=self._maybe(0.6, rng.choices(words.LEVELS, (70, 20, 8, 2))[0]),
            job_family=self._maybe(0.9, job_family),
        )
        self._give_manager(employee, department)
        if state == "accepted":
            self.connect(employee, number)
        elif rng.random() < 0.04:
            self._give_external_badges(employee)
        return employee

    def connect(self, employee: Employee, number: int) -> None:
        """Give an accepted employee a profile, badges and external badges."""
        rng = self._rng
        employee.bio = self._maybe(0.4, rng.choice(words.BIOS))
        employee.vanity_url = self._maybe(
            0.9, f"https://badges.example/users/{_ascii(employee.first_name).lower()}-{number}"
        )
        count = rng.choices(_BADGE_COUNTS, _BADGE_COUNT_WEIGHTS)[0] * self._badge_factor
        # rounded by chance, so that the mean holds
        for _ in range(int(count + rng.random()) if count % 1 else int(count)):
            employee.badges.append(self.badge(employee))
        if rng.random() < 0.31:
            self._give_external_badges(employee)

    def badge(self, employee: Employee, at: datetime | None = None) -> Badge:
        """Get a badge issued to this employee.

        Args:
            employee: Who earned it.
            at: When it was issued; by chance if not given.
        """
        rng = self._rng
        own, every = self._by_issuer
        template = rng.choice(own if rng.random() < 0.45 else every)
        state = "accepted" if at else rng.choices(_BADGE_STATES, _BADGE_STATE_WEIGHTS)[0]
        issued = at or self._moment(self._as_of - timedelta(days=5 * 365))
        expires = issued + timedelta(days=template.valid_days) if template.valid_days else None
        middle = rng.choice(words.FIRST_NAMES) if rng.random() < 0.1 else None
        names = (employee.first_name, middle, employee.last_name)
        return Badge(
            id=random_uuid(rng),
            template=template,
            issued_to=" ".join(name for name in names if name),
            issued_to_first_name=employee.first_name,
            issued_to_middle_name=middle,
            issued_to_last_name=employee.last_name,
            issued_at=issued,
            issued_at_date=issuers_day(issued, self._days),
            expires_at=expires,
            expires_at_date=issuers_day(expires, self._days) if expires else None,
            state=state,
            public=rng.random() < (0.55 if template.issuer.employer else 0.93),
        )

    def external_badge(self, at: datetime | None = None) -> ExternalBadge:
        """Get an external badge, often with holes.

        Args:
            at: When Credly read it; by chance if not given.
        """
        rng = self._rng
        topic = rng.choice(list(words.TOPICS))
        issuer = rng.choice(words.EXTERNAL_ISSUERS)
        issued = None if rng.random() < 0.12 else self._moment(self._as_of - timedelta(days=2500))
        expires = issued + timedelta(days=730) if issued and rng.random() < 0.3 else None
        number = rng.getrandbits(32)
        url = self._maybe(0.9, f"https://issuer.example/credentials/{number:08x}")
        skills = [s for s in words.TOPICS[topic] if rng.random() < 0.7]
        return ExternalBadge(
            credly_record_id=random_uuid(rng),
            type="OpenBadge",
            badge_name=f"{topic} {rng.choice(('Certificate', 'Course', 'Micro-credential'))}",
            badge_description=self._maybe(0.8, f"Introduces {topic} and what it is good for."),
            credential_number=self._maybe(0.5, str(number)),
            criteria_id=self._maybe(0.6, f"https://issuer.example/criteria/{number % 500:04d}"),
            criteria_narrative=self._maybe(0.5, "Earners passed the assessment."),
            issuer_name=issuer,
            issued_at=issued,
            issued_at_date=issuers_day(issued, self._days) if issued else None,
            expires_at=expires,
            expires_at_date=issuers_day(expires, self._days) if expires else None,
            badge_url=url,
            badge_id=url if rng.random() < 0.8 else f"urn:uuid:{random_uuid(rng)}",
            refreshed_at=at or self._maybe(0.96, self._moment(issued or self._start)),
            skills=skills,
            verified=rng.choices((True, False, None), (60, 30, 10))[0],
            image_url=self._maybe(0.8, f"https://cdn.issuer.example/{number:08x}.png"),
            bare=rng.random() < 0.5,
        )

    def _give_external_badges(self, employee: Employee) -> None:
        for _ in range(self._rng.choices(_EXTERNAL_COUNTS, _EXTERNAL_COUNT_WEIGHTS)[0]):
            employee.external_badges.append(self.external_badge())

    def _give_manager(self, employee: Employee, department: str) -> None:
        managers = self._managers.setdefault(department, [])
        if managers:
            manager = managers[int(self._rng.random() * len(managers))]
            employee.manager_first_name = manager.first_name
            employee.manager_last_name = manager.last_name
            employee.manager_external_id = manager.external_id
        if not managers or self._rng.random() < 0.08:
            managers.append(employee)

    def _maybe(self, share: float, value: Any) -> Any:
        return value if self._rng.random() < share else None

    def _zip(self, pattern: str | None) -> str | None:
        if pattern is None or self._rng.random() < 0.15:
            return None
        return "".join(
            "0123456789"[int(self._rng.random() * 10)] if letter == "#" else letter
            for letter in pattern
        )

    def _moment(self, start: datetime, end: datetime | None = None) -> datetime:
        span = ((end or self._as_of) - start) // _MILLISECOND
        return start + int(self._rng.random() * span) * _MILLISECOND


def _ascii(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return plain or "x"
