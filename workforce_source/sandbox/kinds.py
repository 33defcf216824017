"""What can happen to an organization: one function a kind of churn.

Stamps move only where the API moves one. Who asks for what is in `churn.py`.
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta

from workforce_source.sandbox import vocabulary as words
from workforce_source.sandbox.model import Badge, Employee, random_uuid
from workforce_source.sandbox.plain import PlainList
from workforce_source.sandbox.turn import Turn, happens_to


def joiners(turn: Turn, count: int) -> list[str]:
    """Let new people join, in any state."""
    joined = [turn.maker.employee(turn.number(), at=turn.now) for _ in range(count)]
    turn.population.employees += joined
    return _ids(joined)


@happens_to(lambda e: not e.accepted)
def acceptances(turn: Turn, employee: Employee) -> str:
    """Somebody accepts; who had no badges here gets some."""
    turn.enter(employee, "accepted")
    if not employee.badges:
        turn.maker.connect(employee, turn.number())
    return employee.id


@happens_to(lambda e: e.accepted)
def leavers(turn: Turn, employee: Employee) -> str:
    """Somebody who had accepted withdraws."""
    turn.enter(employee, "rejected")
    return employee.id


@happens_to(lambda e: not e.accepted)
def state_changes(turn: Turn, employee: Employee) -> str:
    """Somebody who has not accepted changes between the other states."""
    following = {"created": "pending", "pending": "rejected", "rejected": "pending"}
    turn.enter(employee, following[employee.employee_state])
    if employee.employee_state == "pending":
        employee.last_invitation_sent_at = turn.now
    return employee.id


@happens_to(lambda e: True)
def profile_edits(turn: Turn, employee: Employee) -> str:
    """What the employer keeps of somebody is edited; no stamp moves."""
    department = turn.rng.choice(list(words.DEPARTMENTS))
    employee.job_family, teams, titles = words.DEPARTMENTS[department]
    employee.department = department
    employee.team = turn.rng.choice(teams)
    employee.position_title = f"{turn.rng.choice(titles)} {turn.rng.randrange(1000)}"
    if turn.rng.random() < 0.3:
        employee.last_name = turn.rng.choice(words.LAST_NAMES)
    if turn.rng.random() < 0.2:
        employee.country = employee.state_or_province = None
    return employee.id


@happens_to(lambda e: e.accepted)
def bio_edits(turn: Turn, employee: Employee) -> str:
    """Somebody rewrites their profile."""
    employee.bio = f"{turn.rng.choice(words.BIOS)} ({turn.rng.randrange(1000)})"
    return employee.id


@happens_to(lambda e: True)
def email_changes(turn: Turn, employee: Employee) -> str:
    """Somebody gets another e-mail."""
    employee.email = f"renamed+{turn.number()}@{words.EMPLOYER_DOMAIN}"
    return employee.id


@happens_to(lambda e: True)
def external_id_changes(turn: Turn, employee: Employee) -> str:
    """Somebody gets another external_id, or none."""
    gone = employee.external_id and turn.rng.random() < 0.25
    employee.external_id = None if gone else f"N-{turn.number()}"
    return employee.id


def key_swaps(turn: Turn, count: int) -> list[str]:
    """Let pairs exchange external ids: the old key answers the wrong person."""
    picked = turn.pick(count * 2, lambda e: e.external_id)
    pairs = list(zip(picked[::2], picked[1::2], strict=False))
    for one, other in pairs:
        one.external_id, other.external_id = other.external_id, one.external_id
    return [employee.id for pair in pairs for employee in pair]


def deletions(turn: Turn, count: int) -> list[str]:
    """Delete people without a trace."""
    picked = turn.pick(count, lambda e: True)
    turn.remove(picked)
    return _ids(picked)


def recreations(turn: Turn, count: int) -> list[str]:
    """Delete people and create them anew, with all they had, under a new id."""
    picked = turn.pick(count, lambda e: True)
    turn.remove(picked)
    again = []
    for old in picked:
        employee = replace(old, id=random_uuid(turn.rng), created_at=turn.now)
        turn.enter(employee, turn.rng.choice(("created", "accepted")))
        again.append(employee)
    turn.population.employees += again
    return _ids(again)


@happens_to(lambda e: e.accepted)
def new_badges(turn: Turn, employee: Employee) -> str:
    """A badge is issued."""
    badge = turn.maker.badge(employee, turn.now - timedelta(hours=turn.rng.randrange(72)))
    badge.public = True
    employee.badges.append(badge)
    return badge.id


def _shows_badges(employee: Employee) -> bool:
    return employee.accepted and any(badge.visible for badge in employee.badges)


@happens_to(_shows_badges)
def badge_edits(turn: Turn, employee: Employee) -> str:
    """The name a badge was issued to is corrected."""
    badge = turn.rng.choice([badge for badge in employee.badges if badge.visible])
    badge.issued_to = f"{badge.issued_to} {turn.rng.randrange(1000)}"
    return badge.id


@happens_to(lambda e: e.accepted and any(map(_in_force, e.badges)))
def revoked_badges(turn: Turn, employee: Employee) -> str:
    """A badge is revoked: the employer's stay as revoked, those of others leave the answer."""
    badge = turn.rng.choice([badge for badge in employee.badges if _in_force(badge)])
    badge.state = "revoked"
    return badge.id


@happens_to(_shows_badges)
def vanished_badges(turn: Turn, employee: Employee) -> str:
    """A badge vanishes: deleted, or made private."""
    badge = turn.rng.choice([badge for badge in employee.badges if badge.visible])
    if badge.template.issuer.employer or turn.rng.random() < 0.5:
        employee.badges[:] = [kept for kept in employee.badges if kept is not badge]
    else:
        badge.public = False
    return badge.id


def template_edits(turn: Turn, count: int) -> list[str]:
    """Edit templates, for everybody who holds them."""
    templates = turn.population.templates
    picked = turn.rng.sample(templates, min(count, len(templates)))
    for template in picked:
        number = turn.rng.randrange(1000)
        template.description = f"Renewed: {number}."
        if template.skills and turn.rng.random() < 0.5:
            template.skills = [*template.skills[1:], f"Skill {number}"]
    return [template.id for template in picked]


@happens_to(lambda e: e.accepted)
def new_external(turn: Turn, employee: Employee) -> str:
    """An external badge is imported."""
    badge = turn.maker.external_badge(turn.now)
    employee.external_badges.append(badge)
    return badge.credly_record_id


@happens_to(lambda e: e.external_badges)
def refreshed_external(turn: Turn, employee: Employee) -> str:
    """An external badge is read again, with another verdict."""
    badge = turn.rng.choice(employee.external_badges)
    badge.refreshed_at = turn.now
    badge.verified = not badge.verified
    return badge.credly_record_id


@happens_to(lambda e: e.external_badges)
def edited_external(turn: Turn, employee: Employee) -> str:
    """An external badge is edited; nothing says that this moves refreshed_at."""
    badge = turn.rng.choice(employee.external_badges)
    badge.badge_name = f"{badge.badge_name} {turn.rng.randrange(1000)}"
    badge.skills = [*badge.skills[1:], f"Skill {turn.rng.randrange(1000)}"]
    return badge.credly_record_id


@happens_to(lambda e: e.external_badges)
def vanished_external(turn: Turn, employee: Employee) -> str:
    """An external badge vanishes."""
    badge = employee.external_badges.pop(turn.rng.randrange(len(employee.external_badges)))
    return badge.credly_record_id


def plain_changes(one: PlainList, turn: Turn, count: int) -> list[str]:
    """Let as many records of a plain list each be new, be edited and vanish."""
    records = turn.population.plain[one.name]
    picked = turn.rng.sample(records, min(2 * count, len(records)))
    for record in picked[::2]:
        record |= one.invent(turn.rng, turn.now) | {"id": record["id"]}
    for record in picked[1::2]:
        records.remove(record)
    new = [one.invent(turn.rng, turn.now) for _ in range(count)]
    records += new
    return [record["id"] for record in (*picked, *new)]


def _in_force(badge: Badge) -> bool:
    return badge.visible and badge.state == "accepted"


def _ids(employees: Iterable[Employee]) -> list[str]:
    return [employee.id for employee in employees]
