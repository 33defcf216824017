"""What can happen to an organization: one function a kind, on as many people as asked for.

Stamps move only where the API moves one. Who asks for what is in `churn.py`.
"""

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from random import Random

from workforce_source.sandbox import vocabulary as words
from workforce_source.sandbox.model import Badge, Employee, Population, random_uuid
from workforce_source.sandbox.populate import PeopleMaker


class Turn:
    """One turn of events: picks who it happens to.

    Args:
        population: What changes.
        rng: Where chance comes from.
        now: Stamps what happens.
    """

    def __init__(self, population: Population, rng: Random, now: datetime) -> None:
        self.population = population
        self.rng = rng
        self.now = now
        self.maker = PeopleMaker(rng, population.templates, now)

    def pick(self, count: int, candidate: Callable[[Employee], object]) -> list[Employee]:
        """Get some of the employees who are candidates."""
        candidates = [e for e in self.population.in_order() if candidate(e)]
        return self.rng.sample(candidates, min(count, len(candidates)))

    def number(self) -> int:
        """Get a number no employee's e-mail was made with."""
        return self.rng.randrange(10**9, 10**10)

    def enter(self, employee: Employee, state: str) -> None:
        """Let an employee enter a state now."""
        employee.employee_state = state
        employee.employee_state_updated_at = self.now


def joiners(turn: Turn, count: int) -> list[str]:
    """Let new people join, in any state."""
    joined = [turn.maker.employee(turn.number(), at=turn.now) for _ in range(count)]
    turn.population.employees += joined
    return _ids(joined)


def acceptances(turn: Turn, count: int) -> list[str]:
    """Let people accept; who had no badges here gets some."""
    picked = turn.pick(count, lambda e: not e.accepted)
    for employee in picked:
        turn.enter(employee, "accepted")
        if not employee.badges:
            turn.maker.connect(employee, turn.number())
    return _ids(picked)


def leavers(turn: Turn, count: int) -> list[str]:
    """Let people who had accepted withdraw."""
    picked = turn.pick(count, lambda e: e.accepted)
    for employee in picked:
        turn.enter(employee, "rejected")
    return _ids(picked)


def state_changes(turn: Turn, count: int) -> list[str]:
    """Let people who have not accepted change between the other states."""
    following = {"created": "pending", "pending": "rejected", "rejected": "pending"}
    picked = turn.pick(count, lambda e: not e.accepted)
    for employee in picked:
        turn.enter(employee, following[employee.employee_state])
        if employee.employee_state == "pending":
            employee.last_invitation_sent_at = turn.now
    return _ids(picked)


def profile_edits(turn: Turn, count: int) -> list[str]:
    """Edit what an employer keeps of people; no stamp moves."""
    picked = turn.pick(count, lambda e: True)
    for employee in picked:
        department = turn.rng.choice(list(words.DEPARTMENTS))
        employee.job_family, teams, titles = words.DEPARTMENTS[department]
        employee.department = department
        employee.team = turn.rng.choice(teams)
        employee.position_title = f"{turn.rng.choice(titles)} {turn.rng.randrange(1000)}"
        if turn.rng.random() < 0.3:
            employee.last_name = turn.rng.choice(words.LAST_NAMES)
        if turn.rng.random() < 0.2:
            employee.country = employee.state_or_province = None
    return _ids(picked)


def bio_edits(turn: Turn, count: int) -> list[str]:
    """Let people rewrite their profile."""
    picked = turn.pick(count, lambda e: e.accepted)
    for employee in picked:
        employee.bio = f"{turn.rng.choice(words.BIOS)} ({turn.rng.randrange(1000)})"
    return _ids(picked)


def email_changes(turn: Turn, count: int) -> list[str]:
    """Give people another e-mail."""
    picked = turn.pick(count, lambda e: True)
    for employee in picked:
        employee.email = f"renamed+{turn.number()}@{words.EMPLOYER_DOMAIN}"
    return _ids(picked)


def external_id_changes(turn: Turn, count: int) -> list[str]:
    """Give people another external_id, or none."""
    picked = turn.pick(count, lambda e: True)
    for employee in picked:
        gone = employee.external_id and turn.rng.random() < 0.25
        employee.external_id = None if gone else f"N-{turn.number()}"
    return _ids(picked)


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
    _delete(turn, picked)
    return _ids(picked)


def recreations(turn: Turn, count: int) -> list[str]:
    """Delete people and create them anew, with all they had, under a new id."""
    picked = turn.pick(count, lambda e: True)
    _delete(turn, picked)
    again = []
    for old in picked:
        employee = replace(old, id=random_uuid(turn.rng), created_at=turn.now)
        turn.enter(employee, turn.rng.choice(("created", "accepted")))
        again.append(employee)
    turn.population.employees += again
    return _ids(again)


def _delete(turn: Turn, employees: list[Employee]) -> None:
    gone = {id(employee) for employee in employees}
    turn.population.employees[:] = [e for e in turn.population.employees if id(e) not in gone]


def new_badges(turn: Turn, count: int) -> list[str]:
    """Issue badges."""
    new = []
    for employee in turn.pick(count, lambda e: e.accepted):
        badge = turn.maker.badge(employee, turn.now - timedelta(hours=turn.rng.randrange(72)))
        badge.public = True
        employee.badges.append(badge)
        new.append(badge.id)
    return new


def badge_edits(turn: Turn, count: int) -> list[str]:
    """Correct the name badges were issued to."""
    edited = []
    for employee in turn.pick(count, _shows_badges):
        badge = turn.rng.choice([badge for badge in employee.badges if badge.visible])
        badge.issued_to = f"{badge.issued_to} {turn.rng.randrange(1000)}"
        edited.append(badge.id)
    return edited


def revoked_badges(turn: Turn, count: int) -> list[str]:
    """Revoke badges: the employer's stay as revoked, those of others leave the answer."""
    revoked = []
    for employee in turn.pick(count, lambda e: any(map(_in_force, e.badges)) and e.accepted):
        badge = turn.rng.choice([badge for badge in employee.badges if _in_force(badge)])
        badge.state = "revoked"
        revoked.append(badge.id)
    return revoked


def vanished_badges(turn: Turn, count: int) -> list[str]:
    """Let badges vanish: deleted, or made private."""
    vanished = []
    for employee in turn.pick(count, _shows_badges):
        badge = turn.rng.choice([badge for badge in employee.badges if badge.visible])
        if badge.template.issuer.employer or turn.rng.random() < 0.5:
            employee.badges[:] = [kept for kept in employee.badges if kept is not badge]
        else:
            badge.public = False
        vanished.append(badge.id)
    return vanished


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


def new_external(turn: Turn, count: int) -> list[str]:
    """Let people import external badges."""
    new = []
    for employee in turn.pick(count, lambda e: e.accepted):
        badge = turn.maker.external_badge(turn.now)
        employee.external_badges.append(badge)
        new.append(badge.credly_record_id)
    return new


def refreshed_external(turn: Turn, count: int) -> list[str]:
    """Let external badges be read again, with another verdict."""
    refreshed = []
    for employee in turn.pick(count, lambda e: e.external_badges):
        badge = turn.rng.choice(employee.external_badges)
        badge.refreshed_at = turn.now
        badge.verified = not badge.verified
        refreshed.append(badge.credly_record_id)
    return refreshed


def edited_external(turn: Turn, count: int) -> list[str]:
    """Edit external badges; nothing says that this moves refreshed_at."""
    edited = []
    for employee in turn.pick(count, lambda e: e.external_badges):
        badge = turn.rng.choice(employee.external_badges)
        badge.badge_name = f"{badge.badge_name} {turn.rng.randrange(1000)}"
        badge.skills = [*badge.skills[1:], f"Skill {turn.rng.randrange(1000)}"]
        edited.append(badge.credly_record_id)
    return edited


def vanished_external(turn: Turn, count: int) -> list[str]:
    """Let external badges vanish."""
    vanished = []
    for employee in turn.pick(count, lambda e: e.external_badges):
        badge = employee.external_badges.pop(turn.rng.randrange(len(employee.external_badges)))
        vanished.append(badge.credly_record_id)
    return vanished


def _shows_badges(employee: Employee) -> bool:
    return employee.accepted and any(badge.visible for badge in employee.badges)


def _in_force(badge: Badge) -> bool:
    return badge.visible and badge.state == "accepted"


def _ids(employees: Iterable[Employee]) -> list[str]:
    return [employee.id for employee in employees]
