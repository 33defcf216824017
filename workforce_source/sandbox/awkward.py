"""What real organizations hold and a careless reader trips over, dealt to the first employees.

In organizations above a hundred, one employee in a hundred gets a case of its own as well.
"""

from collections.abc import Callable
from dataclasses import fields, replace
from datetime import UTC, date, datetime, timedelta
from random import Random

from workforce_source.sandbox.model import Badge, Employee, Template, random_uuid

_LATE = datetime(2024, 3, 1, 4, 30, 0, 123000, tzinfo=UTC)


def add_awkward_cases(people: list[Employee], templates: list[Template], rng: Random) -> None:
    """Deal the cases; which employee gets which depends on the order only."""
    for number, case in enumerate(_CASES):
        if number < len(people):
            case(people[number], number)
    for number in range(len(_CASES), len(people)):
        if rng.random() < 0.01:
            rng.choice(_CASES)(people[number], number)
    accepted = [person for person in people if person.accepted]
    for person, deal in zip(accepted, (_spellings, _twice, _holes, _far_dates), strict=False):
        deal(person, templates, rng)
    _entangle(people, accepted)


def _plus(person: Employee, number: int) -> None:
    person.email = f"pat.o'hara+badges{number}@meridian.example"
    person.external_id = None


def _slash(person: Employee, number: int) -> None:
    person.external_id = f"EU / Paris/{number} + 50%"


def _question(person: Employee, number: int) -> None:
    person.external_id = f"id?{number}#a&b=c;d"


def _dots(person: Employee, number: int) -> None:
    person.external_id = f"../{number}"


def _only_email(person: Employee, number: int) -> None:
    person.email = f"Mixed.Case.{number}@Meridian.Example"
    person.external_id = None


def _letters(person: Employee, number: int) -> None:
    person.first_name, person.last_name = "Zoë-Anaïs", "Łęcka, Jr."
    person.external_id = f"Ünï-{number}-東京"


def _one_name(person: Employee, number: int) -> None:
    person.last_name = ""


def _nothing(person: Employee, number: int) -> None:
    for name in _NULLABLE:
        setattr(person, name, None)


def _quotes(person: Employee, number: int) -> None:
    person.position_title = "Head of \"Things\", North\\South\n& 'Sundries'; -- ok"
    person.team = ""
    person.department = " Engineering "


def _long(person: Employee, number: int) -> None:
    person.organization_level_1 = "Beyond and above " * 60
    person.zip_code = "007"


_CASES: tuple[Callable[[Employee, int], None], ...] = (
    _plus,
    _slash,
    _question,
    _dots,
    _only_email,
    _letters,
    _one_name,
    _nothing,
    _quotes,
    _long,
)
_NULLABLE = [own.name for own in fields(Employee) if own.default is None]


def _badge(person: Employee, template: Template, rng: Random) -> Badge:
    return Badge(
        id=random_uuid(rng),
        template=template,
        issued_to=person.full_name,
        issued_to_first_name=person.first_name,
        issued_to_middle_name=None,
        issued_to_last_name=person.last_name,
        issued_at=_LATE,
        issued_at_date=_LATE.date(),
        expires_at=None,
        expires_at_date=None,
        state="accepted",
        public=True,
    )


def _spellings(person: Employee, templates: list[Template], rng: Random) -> None:
    """Hold the templates whose skills are spelled several ways, missing, or listed twice."""
    person.badges += [_badge(person, template, rng) for template in templates[:5]]


def _twice(person: Employee, templates: list[Template], rng: Random) -> None:
    """Hold one template twice, once dated by a calendar west of Greenwich."""
    first = _badge(person, templates[0], rng)
    second = replace(first, id=random_uuid(rng), issued_at_date=date(2024, 2, 29))
    person.badges += [first, second]


def _holes(person: Employee, templates: list[Template], rng: Random) -> None:
    """Hold a badge with null wherever it may be, and the employer's private ones in each state."""
    own = next(template for template in templates if template.issuer.employer)
    empty = replace(
        _badge(person, own, rng),
        issued_to=None,
        issued_to_first_name=None,
        issued_to_last_name=None,
        issued_at=None,
        issued_at_date=None,
        public=False,
    )
    person.badges.append(empty)
    for state in ("pending", "accepted", "rejected", "revoked"):
        person.badges.append(replace(_badge(person, own, rng), state=state, public=False))


def _far_dates(person: Employee, templates: list[Template], rng: Random) -> None:
    """Hold badges that expired long ago, will expire, and "never" do."""
    for expires in (
        datetime(1999, 12, 31, 23, 59, 59, 999000, tzinfo=UTC),
        _LATE + timedelta(days=3650),
        datetime(9999, 12, 31, tzinfo=UTC),
    ):
        person.badges.append(
            replace(
                _badge(person, templates[3], rng),
                expires_at=expires,
                expires_at_date=expires.date(),
            )
        )


def _entangle(people: list[Employee], accepted: list[Employee]) -> None:
    """Let keys collide, and one person be employed twice, where there are people enough."""
    if len(people) < 40 or len(accepted) < 24:
        return
    a, b, c, d, e, f, g, h = accepted[10:18]
    a.external_id = b.external_id = "SHARED-1"  # two employees, one external_id
    c.external_id = d.email  # one's external_id is the other's e-mail
    e.external_id, f.external_id = "case-1", "CASE-1"  # differ in case only
    g.external_id = g.email  # its own e-mail
    h.badges[:] = a.badges  # one person with two e-mails: the same badges twice
    h.external_badges[:] = a.external_badges
