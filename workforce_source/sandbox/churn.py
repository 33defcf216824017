"""An organization lives on: people come, change and go, badges are earned and lost.

Each kind is one function on one employee. Stamps move only where the API moves one.
"""

import itertools
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from random import Random

from workforce_source.sandbox import vocabulary as words
from workforce_source.sandbox.model import Badge, Employee, Population, random_uuid
from workforce_source.sandbox.populate import PeopleMaker
from workforce_source.sandbox.times import to_milliseconds

Done = dict[str, list[str]]
"""Ids of what was touched, by kind: of employees, badges, templates or external records."""


class Churner:
    """Changes a population.

    Args:
        population: What changes.
        seed: Decides who and what, with the number of the call.
    """

    def __init__(self, population: Population, seed: int) -> None:
        self._population = population
        self._seed = seed
        self._calls = itertools.count(1)

    def churn(
        self,
        names: Iterable[str] | Mapping[str, int] | None,
        share: float,
        seed: int | None,
        now: datetime,
    ) -> Done:
        """Do so many of each kind, as far as there are candidates.

        Raises:
            ValueError: A name is no kind of churn.
        """
        kinds = list(KINDS if names is None else names)
        if unknown := [name for name in kinds if name not in KINDS]:
            raise ValueError(f"{', '.join(unknown)}: no such churn; there is {', '.join(KINDS)}")
        if isinstance(names, Mapping):
            wanted = dict(names)
        else:
            # at least one of each kind that was asked for
            total = share * len(self._population.employees)
            weight = sum(_WEIGHTS[name] for name in kinds)
            wanted = {name: max(1, round(total * _WEIGHTS[name] / weight)) for name in kinds}
        number = next(self._calls)
        rng = Random(f"churn:{self._seed}:{number if seed is None else f'seed {seed}'}")
        with self._population.changing():
            turn = Turn(self._population, rng, to_milliseconds(now))
            return {name: KINDS[name](turn, count) for name, count in wanted.items()}


class Turn:
    """One call of churn: who is a candidate, and what happens to whom is picked.

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


Kind = Callable[[Turn, int], list[str]]


def _joiners(turn: Turn, count: int) -> list[str]:
    joined = [turn.maker.employee(turn.number(), at=turn.now) for _ in range(count)]
    turn.population.employees += joined
    return _ids(joined)


def _acceptances(turn: Turn, count: int) -> list[str]:
    picked = turn.pick(count, lambda e: not e.accepted)
    for employee in picked:
        turn.enter(employee, "accepted")
        if not employee.badges:
            turn.maker.connect(employee, turn.number())
    return _ids(picked)


def _leavers(turn: Turn, count: int) -> list[str]:
    picked = turn.pick(count, lambda e: e.accepted)
    for employee in picked:
        turn.enter(employee, "rejected")
    return _ids(picked)


def _state_changes(turn: Turn, count: int) -> list[str]:
    following = {"created": "pending", "pending": "rejected", "rejected": "pending"}
    picked = turn.pick(count, lambda e: not e.accepted)
    for employee in picked:
        turn.enter(employee, following[employee.employee_state])
        if employee.employee_state == "pending":
            employee.last_invitation_sent_at = turn.now
    return _ids(picked)


def _profile_edits(turn: Turn, count: int) -> list[str]:
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


def _bio_edits(turn: Turn, count: int) -> list[str]:
    picked = turn.pick(count, lambda e: e.accepted)
    for employee in picked:
        employee.bio = f"{turn.rng.choice(words.BIOS)} ({turn.rng.randrange(1000)})"
    return _ids(picked)


def _email_changes(turn: Turn, count: int) -> list[str]:
    picked = turn.pick(count, lambda e: True)
    for employee in picked:
        employee.email = f"renamed+{turn.number()}@{words.EMPLOYER_DOMAIN}"
    return _ids(picked)


def _external_id_changes(turn: Turn, count: int) -> list[str]:
    picked = turn.pick(count, lambda e: True)
    for employee in picked:
        gone = employee.external_id and turn.rng.random() < 0.25
        employee.external_id = None if gone else f"N-{turn.number()}"
    return _ids(picked)


def _key_swaps(turn: Turn, count: int) -> list[str]:
    # two people exchange the key they were known by: the old key answers the wrong person
    picked = turn.pick(count * 2, lambda e: e.external_id)
    pairs = list(zip(picked[::2], picked[1::2], strict=False))
    for one, other in pairs:
        one.external_id, other.external_id = other.external_id, one.external_id
    return [employee.id for pair in pairs for employee in pair]


def _deletions(turn: Turn, count: int) -> list[str]:
    picked = turn.pick(count, lambda e: True)
    _delete(turn, picked)
    return _ids(picked)


def _recreations(turn: Turn, count: int) -> list[str]:
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


def _new_badges(turn: Turn, count: int) -> list[str]:
    new = []
    for employee in turn.pick(count, lambda e: e.accepted):
        badge = turn.maker.badge(employee, turn.now - timedelta(hours=turn.rng.randrange(72)))
        badge.public = True
        employee.badges.append(badge)
        new.append(badge.id)
    return new


def _badge_edits(turn: Turn, count: int) -> list[str]:
    edited = []
    for employee in turn.pick(count, _shows_badges):
        badge = turn.rng.choice([badge for badge in employee.badges if badge.visible])
        badge.issued_to = f"{badge.issued_to} {turn.rng.randrange(1000)}"
        edited.append(badge.id)
    return edited


def _revoked_badges(turn: Turn, count: int) -> list[str]:
    # the employer's own stay in the answer as revoked, those of others leave it
    revoked = []
    for employee in turn.pick(count, lambda e: any(map(_in_force, e.badges)) and e.accepted):
        badge = turn.rng.choice([badge for badge in employee.badges if _in_force(badge)])
        badge.state = "revoked"
        revoked.append(badge.id)
    return revoked


def _vanished_badges(turn: Turn, count: int) -> list[str]:
    vanished = []
    for employee in turn.pick(count, _shows_badges):
        badge = turn.rng.choice([badge for badge in employee.badges if badge.visible])
        if badge.template.issuer.employer or turn.rng.random() < 0.5:
            employee.badges[:] = [kept for kept in employee.badges if kept is not badge]
        else:
            badge.public = False
        vanished.append(badge.id)
    return vanished


def _template_edits(turn: Turn, count: int) -> list[str]:
    templates = turn.population.templates
    picked = turn.rng.sample(templates, min(count, len(templates)))
    for template in picked:
        number = turn.rng.randrange(1000)
        template.description = f"Renewed: {number}."
        if template.skills and turn.rng.random() < 0.5:
            template.skills = [*template.skills[1:], f"Skill {number}"]
    return [template.id for template in picked]


def _new_external(turn: Turn, count: int) -> list[str]:
    new = []
    for employee in turn.pick(count, lambda e: e.accepted):
        badge = turn.maker.external_badge(turn.now)
        employee.external_badges.append(badge)
        new.append(badge.credly_record_id)
    return new


def _refreshed_external(turn: Turn, count: int) -> list[str]:
    refreshed = []
    for employee in turn.pick(count, lambda e: e.external_badges):
        badge = turn.rng.choice(employee.external_badges)
        badge.refreshed_at = turn.now
        badge.verified = not badge.verified
        refreshed.append(badge.credly_record_id)
    return refreshed


def _edited_external(turn: Turn, count: int) -> list[str]:
    # nothing says that an edit always moves refreshed_at
    edited = []
    for employee in turn.pick(count, lambda e: e.external_badges):
        badge = turn.rng.choice(employee.external_badges)
        badge.badge_name = f"{badge.badge_name} {turn.rng.randrange(1000)}"
        badge.skills = [*badge.skills[1:], f"Skill {turn.rng.randrange(1000)}"]
        edited.append(badge.credly_record_id)
    return edited


def _vanished_external(turn: Turn, count: int) -> list[str]:
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


KINDS: dict[str, Kind] = {
    "joiners": _joiners,
    "acceptances": _acceptances,
    "leavers": _leavers,
    "state_changes": _state_changes,
    "profile_edits": _profile_edits,
    "bio_edits": _bio_edits,
    "email_changes": _email_changes,
    "external_id_changes": _external_id_changes,
    "key_swaps": _key_swaps,
    "new_badges": _new_badges,
    "badge_edits": _badge_edits,
    "revoked_badges": _revoked_badges,
    "vanished_badges": _vanished_badges,
    "template_edits": _template_edits,
    "new_external": _new_external,
    "refreshed_external": _refreshed_external,
    "edited_external": _edited_external,
    "vanished_external": _vanished_external,
    "deletions": _deletions,
    "recreations": _recreations,
}
"""What can happen, by name."""
_WEIGHTS = dict.fromkeys(KINDS, 2) | {
    "joiners": 7,
    "acceptances": 5,
    "leavers": 3,
    "profile_edits": 10,
    "new_badges": 10,
    "revoked_badges": 3,
    "refreshed_external": 3,
    "key_swaps": 1,
    "template_edits": 1,
}
