"""The questions about what a company filled in and about lines of managers, without SQL.

As `by_hand.py`, whose answers these stand beside.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise

from tests.questions.by_hand import Rows, ending, having, needed, seen, to
from tests.questions.organization import SEEDS, Organization
from tests.questions.people import Badge, People, Person, grouped
from workforce_source.marts import Requirement, Target

CATEGORIES = {one.skill_key: one.skill_category for one in SEEDS.categories}


def share(part: int, whole: int) -> float | None:
    """A share, unless it is of nothing."""
    return part / whole if whole else None


def quarter(day: date) -> date:
    """The first day of its quarter."""
    return date(day.year, day.month - (day.month - 1) % 3, 1)


# --- what goes together ---


def near(people: People) -> dict[str, list[tuple[str, int, int, float, float]]]:
    """Up to ten skills that go together with each wanted one, nearest first."""
    able = {
        skill: {p.id for p in people.known if skill in p.skills(people.day)}
        for p in people.known
        for skill in p.skills(people.day)
    }
    found = {}
    for wanted in {target.skill_key for target in SEEDS.targets} & able.keys():
        ranked = []
        for other, holders in able.items():
            both = len(able[wanted] & holders)
            part, chance = both / len(able[wanted]), len(holders) / len(people.known)
            if other != wanted and both >= 3 and part > chance + 1e-9:
                order = (-both / len(able[wanted] | holders), -both, other)
                ranked.append((order, (other, len(able[wanted]), both, part, part / chance)))
        found[wanted] = [row for _, row in sorted(ranked)[:10]]
    return found


@to("Which skills go together with those we want more of?")
def adjacent(told: Organization) -> Rows:
    """The nearest three of each."""
    return [
        (wanted, place, other, able, both, part, lift)
        for wanted, rows in near(People(told)).items()
        for place, (other, able, both, part, lift) in enumerate(rows[:3], 1)
    ]


def missed(people: People, target: Target) -> bool:
    """Whether a target is not met, or not for long."""
    known = [p for p in people.by(target.dimension)[target.dimension_value] if p.known]
    last = having(having(known, target.skill_key, people.day), target.skill_key, soon(people))
    return len(last) < needed(target, len(known))


def soon(people: People) -> date:
    """The first day that is more than 90 days ahead."""
    return people.day + timedelta(days=91)


@to("Who is nearest to the skills we lack?")
def nearest(told: Organization) -> Rows:
    """Three of each department, by how many adjacent skills they have."""
    people = People(told)
    adjacent_to = near(people)
    rows: Rows = []
    for target in [one for one in SEEDS.targets if one.dimension == "department"]:
        if not missed(people, target):
            continue
        ranked = []
        for person in people.by(target.dimension)[target.dimension_value]:
            skills = person.skills(people.day)
            if person.known and target.skill_key not in skills:
                has = [
                    (place, both)
                    for place, (skill, _, both, _, _) in enumerate(adjacent_to[target.skill_key])
                    if skill in skills
                ]
                weight = sum(both for _, both in has)
                if has:
                    ranked.append(((-len(has), -weight, has[0][0], person.id), person))
        for place, (order, person) in enumerate(sorted(ranked, key=lambda r: r[0])[:3], 1):
            had = any(b.accepted and target.skill_key in b.skills for b in person.badges)
            who = (person.row["full_name"], person.group("team"))
            rows.append(
                (target.dimension_value, target.skill_key, place, *who, -order[0], int(had))
            )
    return rows


# --- categories, prices, positions ---


@to("Which kinds of skills does each department have?")
def kinds(told: Organization) -> Rows:
    """People with at least one skill of a category."""
    people = People(told)
    there = skills_there(people)
    rows: Rows = []
    for department, inside in people.by("department").items():
        known = [person for person in inside if person.known]
        for category in set(CATEGORIES.values()):
            skills = {skill for skill, name in CATEGORIES.items() if name == category} & there
            able = [person for person in known if person.skills(people.day) & skills]
            if skills:
                counts = (len(skills), len(known), len(able))
                rows.append((department, category, *counts, share(len(able), len(known))))
    return rows


def skills_there(people: People) -> set[str]:
    """Skills that anything names: badges, templates, targets."""
    aliases = {alias.alias_key: alias.skill_key for alias in SEEDS.aliases}
    named = {
        row["skill_key"]
        for table in ("badge_template_skills", "external_badge_skills")
        for row in people.truth[table].values()
    }
    return {aliases.get(key, key) for key in named} | {t.skill_key for t in SEEDS.targets}


@to("What will renewals cost, quarter by quarter?")
def renewal_costs(told: Organization) -> Rows:
    """Prices of badges that end within a year, by name."""
    people = People(told)
    prices = {cost.badge_name: (cost.amount, cost.currency) for cost in SEEDS.costs}
    due: dict[tuple[date, str, str], list[Decimal | None]] = {}
    for person, badge, _ in ending(people, within=365):
        amount, currency = prices.get(badge.name.strip(), (None, "(none)"))
        key = (quarter(badge.lasts_until), person.group("department"), currency)
        due.setdefault(key, []).append(amount)
    return [
        (*key, len(amounts), sum(a for a in amounts if a) if key[2] != "(none)" else None)
        for key, amounts in due.items()
    ]


@to("What do people in each position have badges for?")
def positions(told: Organization) -> Rows:
    """Skills of the known by position title."""
    people = People(told)
    rows: Rows = []
    for title, inside in people.by("position_title").items():
        known = [person for person in inside if person.known]
        held = Counter(skill for person in known for skill in person.skills(people.day))
        if held:
            alone = sum(count == 1 for count in held.values())
            rows.append((title, len(known), len(held), alone))
    return rows


# --- managers ---


def above(people: People, person: Person) -> Iterator[Person]:
    """Get the managers of somebody, the nearest first."""
    by_id = grouped((p.row["external_id"], p) for p in people.all if p.row["external_id"])
    met = {person.id}
    while True:
        managers = by_id.get(person.row["manager_external_id"] or "", [])
        if len(managers) != 1 or managers[0].id in met:
            return
        person = managers[0]
        met.add(person.id)
        yield person


def lines(people: People) -> dict[str, tuple[Person, list[Person]]]:
    """Everybody below each manager."""
    found: dict[str, tuple[Person, list[Person]]] = {}
    for person in people.all:
        for manager in above(people, person):
            found.setdefault(manager.id, (manager, []))[1].append(person)
    return found


@to("How do a manager's people stand, at every level below?")
def managed(told: Organization) -> Rows:
    """People, known, requirements overdue and badges that end soon."""
    people = People(told)
    overdue = Counter(one.person.id for one in required(people) if one.status == "overdue")
    ends = Counter(person.id for person, _, _ in ending(people))
    return [
        (
            manager.row["full_name"],
            len(below),
            sum(person.known for person in below),
            sum(overdue[person.id] for person in below),
            sum(ends[person.id] for person in below),
        )
        for manager, below in lines(people).values()
    ]


@to("How is a skill spread below each manager?")
def spread(told: Organization) -> Rows:
    """Who communicates, of the known below a manager."""
    people = People(told)
    rows: Rows = []
    for manager, below in lines(people).values():
        known = [person for person in below if person.known]
        able = len(having(known, "communication", people.day))
        if len(known) >= 5:
            name = manager.row["full_name"]
            rows.append((name, len(below), len(known), able, able / len(known)))
    return rows


@to("Who else covers what a person leaves behind?")
def covered(told: Organization) -> Rows:
    """Others with the skill in the team, the department and the organization."""
    people = People(told)
    able = grouped((skill, p) for p in people.known for skill in p.skills(people.day))
    rows: Rows = []
    for skill, holders in able.items():
        for person in holders if len(holders) <= 4 else ():
            team, department = person.group("team"), person.group("department")
            others = [p for p in holders if p.id != person.id]
            counts = (
                sum(p.group("team") == team for p in others),
                sum(p.group("department") == department for p in others),
                len(others),
            )
            rows.append((person.row["full_name"], department, team, skill, *counts))
    return rows


@to("Who has no manager we know?")
def unmanaged(told: Organization) -> Rows:
    """Nobody named, and somebody named who is not found."""
    people = People(told)
    rows: Rows = []
    for department, inside in people.by("department").items():
        named = [person for person in inside if person.row["manager_external_id"]]
        lost = [person for person in named if not list(above(people, person))]
        rows.append((department, len(inside), len(inside) - len(named), len(lost)))
    return rows


# --- requirements and renewals ---


@dataclass(frozen=True)
class Required:
    """One requirement of one person."""

    line: Requirement
    person: Person
    due: date
    status: str
    meeting: tuple[Badge, ...]
    """Active badges that meet it."""
    met_before: bool


def required(people: People) -> Iterator[Required]:
    """Judge everybody by everything that is required of them."""
    for name in {line.requirement for line in SEEDS.requirements}:
        for person in people.all:
            mine = [
                (first_due(line, person), line.grace_days, number, line)
                for number, line in enumerate(SEEDS.requirements)
                if line.requirement == name
                and (
                    line.dimension == "all" or person.group(line.dimension) == line.dimension_value
                )
            ]
            if mine:
                due, grace, _, line = min(mine)
                yield judged(people, person, line, due, grace)


def first_due(line: Requirement, person: Person) -> date:
    """The later of the fixed day and the days from creation."""
    joined: date = person.row["created_at"].date()
    days = [line.fixed_date] if line.fixed_date else []
    if line.due_days is not None:
        days.append(joined + timedelta(days=line.due_days))
    return max(days)


def judged(people: People, person: Person, line: Requirement, due: date, grace: int) -> Required:
    """Say how somebody stands."""
    proofs = [
        badge
        for badge in person.badges
        if badge.accepted
        and (
            line.required_key in badge.skills
            if line.required_kind == "skill"
            else badge.name.strip() == line.required_key
        )
    ]
    meeting = tuple(badge for badge in proofs if badge.valid(people.day))
    ended = [
        badge.lasts_until
        for badge in proofs
        if badge.ended(people.day) and (badge.issued or date.min) <= badge.lasts_until
    ]
    until = max((badge.lasts_until for badge in meeting), default=None)
    last = until or max(ended, default=date.min)
    due = last if due < last < date.max else due
    if until:
        status = "met" if until >= soon(people) else "lapsing"
    elif not person.known:
        status = "unknown"
    elif due >= people.day:
        status = "due"
    else:
        status = "in grace" if people.day - due <= timedelta(days=grace) else "overdue"
    return Required(line, person, due, status, meeting, bool(meeting or ended))


@to("Who is overdue, and who is in grace?")
def overdue(told: Organization) -> Rows:
    """Requirements that are not met in time."""
    return [
        (
            *(one.status, one.line.requirement, one.person.row["full_name"]),
            one.person.group("department"),
            *(one.due, one.due + timedelta(days=one.line.grace_days), int(one.met_before)),
        )
        for one in required(People(told))
        if one.status in ("overdue", "in grace")
    ]


@to("How far has each department come with what is required?")
def compliance(told: Organization) -> Rows:
    """People by status, and the shares."""
    by_department = grouped(
        ((one.line.requirement, one.person.group("department")), one.status)
        for one in required(People(told))
    )
    rows: Rows = []
    for key, statuses in by_department.items():
        count = Counter(statuses)
        met, unknown, every = count["met"] + count["lapsing"], count["unknown"], len(statuses)
        counts = (every, met, count["in grace"], count["overdue"], unknown)
        rate = share(met, every - unknown)
        rows.append((*key, *counts, rate, met / every, (met + unknown) / every))
    return rows


@to("Which requirements are met by badges nobody verified?")
def unverified(told: Organization) -> Rows:
    """Met, and met by unverified badges alone."""
    by_name = grouped((one.line.requirement, one.meeting) for one in required(People(told)))
    return [
        (
            name,
            sum(bool(badges) for badges in meeting),
            sum(bool(badges) and not any(b.verified for b in badges) for badges in meeting),
        )
        for name, meeting in by_name.items()
    ]


def ended(people: People) -> Iterator[tuple[Person, Badge, str]]:
    """Badges that ended, copies of one day once, and whether one that lasts longer came."""
    for person in people.all:
        copies = grouped(
            ((b.source, b.what), b)
            for b in person.badges
            if b.accepted and (b.issued or date.min) <= min(b.lasts_until, people.day)
        )
        for held in copies.values():
            for end, (badge, *_) in grouped((b.lasts_until, b) for b in held).items():
                if end >= people.day:
                    continue
                later = [b.issued or date.min for b in held if b.lasts_until > end]
                days = (min(later) - end).days if later else None
                if days is None:
                    outcome = "lapsed" if (people.day - end).days > 90 else "open"
                else:
                    outcome = "renewed" if days <= 0 else "late" if days <= 90 else "returned"
                yield person, badge, outcome


@to("What lapsed in the last 90 days and was not renewed?")
def lapsed(told: Organization) -> Rows:
    """Badges that ended and have no later copy yet."""
    return [
        (
            *(badge.expires, person.row["full_name"], person.group("department")),
            *(badge.name, badge.issuer),
        )
        for person, badge, outcome in ended(People(told))
        if outcome == "open"
    ]


@to("What share of badges is renewed, and is it getting better?")
def renewal_rates(told: Organization) -> Rows:
    """Outcomes by quarter, of three years."""
    people = People(told)
    revoked = {
        quarter(row["expires_at"].date())
        for row in people.truth["employee_badges"].values()
        if row["state"] == "revoked" and row["expires_at"]
    }
    found = grouped(
        (quarter(badge.lasts_until), outcome)
        for _, badge, outcome in ended(people)
        if 90 < (people.day - badge.lasts_until).days <= 1096
    )
    assert not revoked - found.keys() or min(revoked) < min(found) or max(revoked) > max(found)
    rows: Rows = []
    for start, outcomes in found.items():
        count = Counter(outcomes)
        each = (count["renewed"], count["late"], count["returned"], count["lapsed"])
        rows.append((start, *each, (count["renewed"] + count["late"]) / len(outcomes)))
    return rows


# --- runs, and what is kept ---


@to("What did each run find?")
def found_by_runs(told: Organization) -> Rows:
    """Entries of the feed by run."""
    rows: Rows = []
    for at, entries in grouped(seen(told)).items():
        kinds = Counter(said.change for said in entries)
        people = {said.key[0] for said in entries if not said.table.startswith("badge_")}
        rows.append((at, kinds["added"], kinds["changed"], kinds["removed"], len(people)))
    return rows


@to("Whose badges could not be read, and what did the API answer?")
def unreadable(told: Organization) -> Rows:
    """Who was answered for, and the one who is refused."""
    people = People(told)
    accepted = {p.id for p in people.all if p.row["employee_state"] == "accepted"}
    assert told.refused in accepted
    assert accepted - people.read_at.keys() == {told.refused}
    return [("read", None, len(accepted) - 1, 0), ("unreadable", 403, 1, 1)]


@to("Which groups are so small that a figure tells of a person?")
def small(told: Organization) -> Rows:
    """Groups of fewer than five employees, in every dimension."""
    people = People(told)
    rows: Rows = [("all", 1, 0, 0)]
    for dimension in (
        *("department", "team", "job_family", "position_title", "country", "location"),
        *(f"organization_level_{n}" for n in (1, 2, 3)),
    ):
        sizes = [len(inside) for inside in people.by(dimension).values()]
        few = [size for size in sizes if size < 5]
        rows.append((dimension, len(sizes), len(few), sum(few)))
    return rows


@to("Of whom do we hold badges who are not connected?")
def unconnected(told: Organization) -> Rows:
    """People who have not accepted, and badges of theirs."""
    people = People(told)
    held = grouped(
        (person.row["employee_state"], len(person.badges))
        for person in people.all
        if person.badges and person.row["employee_state"] != "accepted"
    )
    return [(state, len(badges), sum(badges)) for state, badges in held.items()]


@to("Whose rows are kept after they left?")
def kept(told: Organization) -> Rows:
    """People who were there at one run and not at the next."""
    return [
        (after.at.date(), len(before.truth["employees"].keys() - after.truth["employees"].keys()))
        for before, after in pairwise(told.runs)
        if before.truth["employees"].keys() - after.truth["employees"].keys()
    ]
