"""Who manages whom, what departments learn and who renews: the story of an organization.

Of people who are there, and it keeps who they are: ids, states, how many badges they hold and which
of them the employer sees. Who they are is in `populate.py`, the words are in `vocabulary.py`.
"""

import itertools
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from random import Random

from workforce_source.sandbox import vocabulary as words
from workforce_source.sandbox.model import Badge, Employee, ExternalBadge, Template
from workforce_source.sandbox.times import issuers_day, to_milliseconds

SPAN = 8
"""People one manager has."""
_FOR_EVERYBODY = 0.38
"""Share of what is learned that is a programme of the whole company, and not the department's."""
_BY_CHANCE = 0.015
"""Share of what is learned that has nothing to do with the work."""
_SINCE = timedelta(days=5 * 365)
_NEW_SINCE = timedelta(days=2 * 365)
"""What is new at the company began so long ago, and more people learn it every month."""
_A_YEAR = 365
_LAST_COURSE = timedelta(days=300)
"""How long ago the last course was in which many earn what has to be earned every year."""
_BEFORE_HIRING = timedelta(days=540)
_IN_COURSE = 0.6
"""Share of those who earn it there first."""
_LATE = 0.15
"""Share of renewals that come after the badge has ended."""


Managers = dict[str, Employee | None]
"""Who manages somebody, by the id of who is managed."""


def choose_managers(people: list[Employee]) -> Managers:
    """Choose a tree for every team, under the head of its department, under who was there first.

    Only who can be found by an external_id nobody shares manages anybody; who has been there for
    longest does. Titles and levels follow.
    """
    shared = Counter(e.external_id.casefold() for e in people if e.external_id)
    departments: dict[str, dict[str, list[Employee]]] = defaultdict(lambda: defaultdict(list))
    for employee in sorted(people, key=lambda e: (e.created_at, e.id)):
        if employee.department in words.DEPARTMENTS:
            departments[employee.department][employee.team or ""].append(employee)
    chosen: Managers = {}
    heads = []
    for department, teams in departments.items():
        head = next((e for e in _in_service(teams.values()) if _can_lead(e, shared)), None)
        if head is None:
            continue
        heads.append(head)
        _entitle(head, f"Head of {department}", "Vice President")
        for team, members in teams.items():
            chosen |= _team([m for m in members if m is not head], team, head, shared)
    if heads:
        first = next(_in_service([heads]))
        chosen |= {head.id: first for head in heads} | {first.id: None}
    return chosen


def _team(members: list[Employee], team: str, head: Employee, shared: Counter[str]) -> Managers:
    """Choose the managers of a team, each for `SPAN` people."""
    able = [member for member in members if team and _can_lead(member, shared)]
    others = [member for member in members if not (team and _can_lead(member, shared))]
    chosen: Managers = {}
    for place, member in enumerate(able + others):
        above = (place - 1) // SPAN if place else None
        if above is None or not able:
            chosen[member.id] = head
            continue
        manager = able[min(above, len(able) - 1)]
        chosen[member.id] = manager
        leads = manager is able[0]
        title = f"{manager.department} {'Lead' if leads else 'Manager'}"
        _entitle(manager, title, "Director" if leads else "Manager")
    return chosen


def report_to(people: list[Employee], managers: Managers) -> None:
    """Write down who manages whom, by the names and keys managers have by now."""
    for employee in people:
        # of somebody of whom the employer keeps nothing it does not know the manager either
        manager = managers.get(employee.id) if employee.department else None
        employee.manager_first_name = manager.first_name if manager else None
        employee.manager_last_name = manager.last_name if manager else None
        employee.manager_external_id = manager.external_id if manager else None


def deal_badges(
    people: list[Employee],
    templates: list[Template],
    managers: Managers,
    as_of: datetime,
    rng: Random,
) -> None:
    """Replace what badges are for and when they were issued, to go with people's work.

    Args:
        people: Everybody, with as many badges as they hold.
        templates: What can be earned.
        managers: Who manages whom.
        as_of: No badge is younger.
        rng: Where chance comes from.
    """
    leading = {manager.id for manager in managers.values() if manager}
    learning = _Learning(templates, as_of, rng)
    for employee in people:
        department = employee.department or ""
        if employee.organization_level_1 and department:
            employee.organization_level_1 = words.DIVISION_OF[department]
        learning.deal(employee, department, leads=employee.id in leading)
        for badge in employee.external_badges:
            learning.deal_external(badge, department)


def _in_service(groups: Iterable[list[Employee]]) -> Iterator[Employee]:
    """Get who has been there longest first."""
    return iter(sorted(itertools.chain(*groups), key=lambda e: (e.created_at, e.id)))


def _can_lead(employee: Employee, shared: Counter[str]) -> bool:
    key = employee.external_id
    return (
        bool(key) and shared[(key or "").casefold()] == 1 and employee.employee_state != "rejected"
    )


def _entitle(employee: Employee, title: str, level: str) -> None:
    """Give a title and a level, where the employer keeps any."""
    if employee.position_title in words.TITLES:
        employee.position_title = title
    if employee.organization_level_3 is not None:
        employee.organization_level_3 = level


class _Learning:
    """Deals badges that go with the work to who holds as many by chance.

    Args:
        templates: What can be earned.
        as_of: No badge is younger.
        rng: Where chance comes from.
    """

    def __init__(self, templates: list[Template], as_of: datetime, rng: Random) -> None:
        self._rng = rng
        self._as_of = as_of
        self._templates = templates
        self._yearly: set[str] = set()
        """Ids of templates that have to be earned anew every year."""
        self._topics: dict[tuple[str, bool], tuple[list[Template], list[float]]] = {}
        for topic in words.TOPICS:
            for own in (True, False):
                weights = {
                    template: words.LEVEL_WEIGHTS[level]
                    for template in templates
                    if template.issuer.employer == own
                    and (level := _level(template.name, topic)) is not None
                }
                self._topics[topic, own] = list(weights), list(weights.values())
                if topic in words.YEARLY_TOPICS:
                    for template in weights:
                        template.valid_days = _A_YEAR
                        self._yearly.add(template.id)

    def deal(self, employee: Employee, department: str, *, leads: bool) -> None:
        """Replace what the badges of somebody are for, and when they were issued."""
        renewing = words.RENEWING.get(department, 0.6)
        for own in (True, False):
            # what the employer sees depends on who issued a badge: that stays
            left = [b for b in employee.badges if b.template.issuer.employer == own]
            held: set[str] = set()
            while left:
                template = self._template(department, held, own=own, leads=leads)
                held.add(template.id)
                issues = self._issues(template, employee, renewing)[-len(left) :]
                for issued in issues:
                    self._put(left.pop(0), template, issued)

    def deal_external(self, badge: ExternalBadge, department: str) -> None:
        """Replace what a badge from elsewhere is for; its holes stay."""
        topic = self._topic(department, leads=False)
        badge.badge_name = f"{topic} {(badge.badge_name or '').rpartition(' ')[2]}"
        if badge.badge_description is not None:
            badge.badge_description = f"Introduces {topic} and what it is good for."
        badge.skills = [s for s in words.TOPICS[topic] if self._rng.random() < 0.7]

    def _topic(self, department: str, *, leads: bool) -> str:
        rng = self._rng
        chance = rng.random()
        topics: dict[str, int] = words.LEARNED.get(department, {})
        if chance < _BY_CHANCE:
            return rng.choice(list(words.TOPICS))
        if chance < _FOR_EVERYBODY or not topics:
            topics = words.LEARNED_BY_ALL
        if leads and rng.random() < 0.4:
            topics = words.LEARNED_BY_MANAGERS
        return rng.choices(list(topics), list(topics.values()))[0]

    def _template(self, department: str, held: set[str], *, own: bool, leads: bool) -> Template:
        for _ in range(20):
            templates, weights = self._topics[self._topic(department, leads=leads), own]
            if templates:
                template = self._rng.choices(templates, weights)[0]
                if template.id not in held:
                    return template
        # who holds nearly everything may hold it twice
        return self._rng.choice([t for t in self._templates if t.issuer.employer == own])

    def _issues(self, template: Template, employee: Employee, renewing: float) -> list[datetime]:
        """Get when somebody earned a badge, and when they earned it again."""
        rng, as_of = self._rng, self._as_of
        if any(template.name.find(topic) >= 0 for topic in words.NEW_TOPICS):
            first = as_of - _NEW_SINCE * rng.random() ** 1.6
        else:
            start = max(as_of - _SINCE, min(employee.created_at, as_of) - _BEFORE_HIRING)
            first = start + (as_of - start) * rng.random()
            if template.id in self._yearly and rng.random() < _IN_COURSE:
                years = max(0, (as_of - first) // timedelta(days=_A_YEAR))
                first = as_of - _LAST_COURSE - timedelta(days=_A_YEAR * years + 45 * rng.random())
        issues = [first]
        while template.valid_days is not None and rng.random() < renewing:
            ends = issues[-1] + timedelta(days=template.valid_days)
            days = rng.random() * 60
            again = ends + timedelta(days=days if rng.random() < _LATE else -days)
            if again >= as_of:
                break
            issues.append(again)
        return [to_milliseconds(issued) for issued in issues]

    def _put(self, badge: Badge, template: Template, issued: datetime) -> None:
        ends = issued + timedelta(days=template.valid_days) if template.valid_days else None
        badge.template = template
        badge.issued_at, badge.issued_at_date = issued, issuers_day(issued, self._rng)
        badge.expires_at = ends
        badge.expires_at_date = issuers_day(ends, self._rng) if ends else None


def _level(name: str, topic: str) -> str | None:
    """Get which badge of a topic this is; None for one of another."""
    if name.startswith(f"{topic}: "):
        return name.removeprefix(f"{topic}: ")
    if name == f"{words.EMPLOYER} {topic} Day":
        return "Day"
    return "Professional" if name == f"Certified {topic} Professional" else None
