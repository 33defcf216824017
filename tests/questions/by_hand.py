"""The questions of docs/questions.md, answered from what the sandbox held, without SQL.

A question is found by its words; each answer is every row, in any order.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import Any

from tests.questions.organization import SEEDS, Organization
from tests.questions.people import Badge, People, Person, grouped, skills_by
from tests.tools.feed import Said, happened
from workforce_source.marts import Target
from workforce_source.tables import EMPLOYEES

Rows = list[tuple[Any, ...]]
ANSWERS: dict[str, Callable[[Organization], Rows]] = {}
MONDAY = datetime(2026, 11, 23, tzinfo=UTC)


def to(ask: str) -> Callable[[Callable[[Organization], Rows]], Callable[[Organization], Rows]]:
    """Say which question a function answers."""

    def keep(answer: Callable[[Organization], Rows]) -> Callable[[Organization], Rows]:
        ANSWERS[ask] = answer
        return answer

    return keep


def having(people: list[Person], skill: str, day: date) -> list[Person]:
    """Those who have a skill on a day."""
    return [person for person in people if person.holding(day, skill)]


def needed(target: Target, known: int) -> int:
    """How many people a target asks for, of so many known."""
    return max(target.min_people or 0, math.ceil((target.min_coverage or 0) * known))


@to("Which departments miss their targets?")
def targets(told: Organization) -> Rows:
    """Targets and who is there for them."""
    people = People(told)
    rows = []
    for target in [one for one in SEEDS.targets if one.dimension == "department"]:
        department, skill = target.dimension_value, target.skill_key
        inside = people.by("department")[department]
        known = [person for person in inside if person.known]
        able = having(known, skill, people.day)
        lapsing = [p for p in able if not p.holding(people.day + timedelta(days=91), skill)]
        need = needed(target, len(known))
        missing = max(0, need - len(able))
        lasting = "met" if len(able) - len(lapsing) >= need else "lapsing"
        could = int(len(able) + len(inside) - len(known) >= need)
        status = "below" if missing else lasting
        rows.append((department, skill, len(known), len(able), need, missing, could, status))
    return rows


@to("Of how many do we know it, and what does that leave open?")
def coverage(told: Organization) -> Rows:
    """Who communicates, in every department in which somebody does."""
    people = People(told)
    rows = []
    for department, inside in people.by("department").items():
        known = [person for person in inside if person.known]
        able = len(having(known, "machine learning", people.day))
        proven = len(having(inside, "machine learning", people.day))
        if not proven:
            continue  # and no target asks for it there
        rows.append(
            (
                department,
                len(inside),
                len(known),
                able,
                able / len(known) if known else None,
                proven / len(inside),
                (able + len(inside) - len(known)) / len(inside),
            )
        )
    return rows


@to("Where does nobody have a skill?")
def nobody(told: Organization) -> Rows:
    """Departments in which no known person communicates."""
    people = People(told)
    rows = []
    for department, inside in people.by("department").items():
        known = [person for person in inside if person.known]
        if not having(known, "machine learning", people.day):
            rows.append((department, len(inside), len(known)))
    return rows


@to("Does a skill grow?")
def growth(told: Organization) -> Rows:
    """Python at each year's end, by who is here today, and on the two days it was looked at."""
    now = People(told)
    ends = [date(year, 12, 31) for year in range(2021, 2026)]
    past = [(end, len(having(now.known, "python", end)), len(now.known), "rebuilt") for end in ends]
    looks = [People(told, number) for number in (0, -1)]
    return past + [
        (look.day, len(having(look.known, "python", look.day)), len(look.known), "observed")
        for look in looks
    ]


@to("How many badges were earned, month by month?")
def months(told: Organization) -> Rows:
    """Different badges earned and lapsed in the months of a year."""
    people = People(told)
    earned: dict[tuple[date, str], set[Any]] = {}
    lapsed: dict[date, set[Any]] = {}
    for person in people.all:
        for badge in person.badges:
            if badge.accepted and badge.issued and badge.issued <= people.day:
                what = (person.id, badge.source, badge.what)
                earned.setdefault((badge.issued.replace(day=1), badge.source), set()).add(what)
                if badge.ended(people.day) and badge.expires:
                    lapsed.setdefault(badge.expires.replace(day=1), set()).add(what)
    first_days = [people.day - timedelta(days=days) for days in range(366)]
    return [
        (
            month,
            len(earned.get((month, "credly"), ())),
            len(earned.get((month, "external"), ())),
            len(lapsed.get(month, ())),
        )
        for month in first_days
        if month.day == 1
    ]


@to("Where do our skills come from?")
def origins(told: Organization) -> Rows:
    """People and skills by who issued."""
    people = People(told)

    def origin(badge: Badge) -> str:
        if badge.source == "external":
            return "elsewhere"
        own = badge.issuer in SEEDS.own_issuers
        return "ourselves" if own else "other issuers on Credly"

    held = grouped((origin(b), (p, b)) for p in people.all for b in p.holding(people.day))
    return [
        (
            where,
            len({person.id for person, _ in pairs}),
            len({skill for _, badge in pairs for skill in badge.skills}),
        )
        for where, pairs in held.items()
    ]


@to("Which badges stand for no skill?")
def without_skills(told: Organization) -> Rows:
    """Templates nobody gave a skill."""
    people = People(told)
    holders = grouped(
        ((badge.name, badge.issuer, badge.what), person.id)
        for person in people.all
        for badge in person.holding(people.day)
        if badge.source == "credly" and not badge.skills
    )
    return [(name, issuer, len(set(ids))) for (name, issuer, _), ids in holders.items()]


@to("Who can step in for a skill?")
def standing_in(told: Organization) -> Rows:
    """Everybody with Kubernetes, known or not."""
    people = People(told)
    rows = []
    for person in having(people.all, "kubernetes", people.day):
        active = person.holding(people.day, "kubernetes")
        ever = [b.issued for b in person.badges if b.accepted and "kubernetes" in b.skills]
        until = max(badge.lasts_until for badge in active)
        rows.append(
            (
                person.row["full_name"],
                person.group("department"),
                person.group("country"),
                int(any(badge.verified for badge in active)),
                len({(badge.source, badge.what) for badge in active}),
                max((issued for issued in ever if issued), default=None),
                None if until == date.max else until,
            )
        )
    return rows


@to("Which skills rest on one or two people?")
def thin(told: Organization) -> Rows:
    """Skills with one or two known people, and who they are."""
    people = People(told)
    able = grouped((s, p) for p in people.all for s in p.skills(people.day))
    rows = []
    for skill, everybody in able.items():
        known = [person for person in everybody if person.known]
        for person in known if len(known) in (1, 2) else ():
            until = max(b.lasts_until for b in person.holding(people.day, skill))
            end = None if until == date.max else until
            others = len(everybody) - len(known)
            where = (person.group("department"), person.group("team"))
            rows.append((skill, len(known), *where, end, others))
    return rows


def ending(people: People, within: int = 90) -> Iterator[tuple[Person, Badge, set[str]]]:
    """Badges that end within so many days, without a later copy, and the skills they take."""
    for person in people.all:
        active = person.holding(people.day)
        for badge in active:
            copies = [b for b in active if (b.source, b.what) == (badge.source, badge.what)]
            latest = max(b.lasts_until for b in copies)
            if badge.lasts_until < latest or latest > people.day + timedelta(days=within):
                continue
            # of badges that end on one day, Credly's and then the first by id takes the skill
            last = (badge.lasts_until, badge.source == "credly")
            kept = {
                skill
                for other in active
                if other not in copies and (other.lasts_until, other.source == "credly") > last
                for skill in other.skills
            }
            yield person, badge, set(badge.skills) - kept


@to("What expires in the next 90 days, and whose is it?")
def expiring(told: Organization) -> Rows:
    """Badges, their holders, and what is lost with each."""
    people = People(told)
    rows = []
    for person, badge, lost in ending(people):
        department, missed = person.group("department"), []
        for target in SEEDS.targets:
            dimension, value = target.dimension, target.dimension_value
            if target.skill_key in lost and person.known and person.group(dimension) == value:
                inside = [p for p in people.by(dimension)[value] if p.known]
                left = len(having(inside, target.skill_key, people.day)) - 1
                missed += [target] if left < needed(target, len(inside)) else []
        who = (badge.expires, person.row["full_name"], department, badge.name)
        rows.append((*who, len(lost), len(missed)))
    return rows


@to("Which managers should hear about renewals?")
def managers(told: Organization) -> Rows:
    """The same badges, by manager."""
    people = People(told)
    names = grouped((p.row["external_id"], p.row["full_name"]) for p in people.all)
    rows = []
    by_manager = grouped((row[0].row["manager_external_id"], row) for row in ending(people))
    for manager, badges in by_manager.items():
        called = names.get(manager, []) if manager else []
        rows.append(
            (
                manager,
                called[0] if len(called) == 1 else None,
                len({person.id for person, _, _ in badges}),
                len(badges),
                sum(len(lost) for _, _, lost in badges),
                min(badge.lasts_until for _, badge, _ in badges),
            )
        )
    return rows


@to("Whose invitation waits for an answer, and how long?")
def waiting(told: Organization) -> Rows:
    """Who has not answered, by department."""
    people = People(told)
    rows = []
    for department, inside in people.by("department").items():
        open_ones = [p.row for p in inside if p.row["employee_state"] in ("created", "pending")]
        sent = [row["last_invitation_sent_at"] for row in open_ones]
        never = sum(
            row["employee_state"] == "created" and row["last_invitation_sent_at"] is None
            for row in open_ones
        )
        days = [(people.day - at.date()).days for at in sent if at]
        over = sum(waited > 90 for waited in days)
        if open_ones:
            invited = len(open_ones) - never
            rows.append((department, never, invited, over, max(days, default=None)))
    return rows


@to("Who left, and which skills went with them?")
def left(told: Organization) -> Rows:
    """Skills of accepted badges of people who were there at one run and not at the next."""
    people = People(told)
    skills: dict[str, set[str]] = {}
    for run in told.runs:  # the newest answer that held a template
        skills |= skills_by(run.truth["badge_template_skills"], "badge_template_id")
    gone: dict[str, set[tuple[str, date]]] = {}
    for before, after in pairwise(told.runs):
        leavers = {key[1] for key in before.truth["employee_profiles"]} - {
            key[1] for key in after.truth["employee_profiles"]
        }
        for row in before.truth["employee_badges"].values():
            alive = row["expires_at"] is None or row["expires_at"] > after.at
            if row["employee_id"] in leavers and row["state"] == "accepted" and alive:
                for skill in skills.get(row["badge_template_id"], ()):
                    gone.setdefault(skill, set()).add((row["employee_id"], after.at.date()))
    return [
        (
            skill,
            len({employee for employee, _ in who}),
            len(having(people.known, skill, people.day)),
            max(day for _, day in who),
        )
        for skill, who in gone.items()
    ]


@to("Who is listed twice?")
def twice(told: Organization) -> Rows:
    """Names and external ids that several employees have."""
    rows = [person.row for person in People(told).all]
    by_name = grouped((("name", row["full_name"]), row) for row in rows)
    by_id = grouped(
        (("external_id", row["external_id"].lower()), row) for row in rows if row["external_id"]
    )
    return [
        (
            *what,
            len(same),
            *(
                len({row[column] for row in same} - {None})
                for column in ("email", "external_id", "department")
            ),
        )
        for what, same in (by_name | by_id).items()
        if len(same) > 1
    ]


@to("How fresh are the badges?")
def freshness(told: Organization) -> Rows:
    """When each accepted employee was last answered for, by the sandbox's log of requests."""
    people = People(told)
    rows = []
    for department, inside in people.by("department").items():
        accepted = [p.id for p in inside if p.row["employee_state"] == "accepted"]
        read = [people.read_at[one] for one in accepted if one in people.read_at]
        if accepted:
            failed = sum(one == told.refused for one in accepted)
            never = len(accepted) - len(read)
            ages = (min(read, default=None), max(read, default=None))
            rows.append((department, len(accepted), never, failed, *ages))
    return rows


def seen(told: Organization) -> Iterator[tuple[datetime, Said]]:
    """What differs between one run's truth and the next, and when it was seen."""
    for before, after in pairwise(told.runs):
        visible = {key[1] for key in after.truth["badge_templates"]}
        for said in happened(before.truth, after.truth):
            # a template nobody holds any more stays, and so do its skills
            of_template = said.table.startswith("badge_template")
            if not (of_template and said.change == "removed" and said.key[0] not in visible):
                yield after.at, said


@to("What changed since Monday?")
def changes(told: Organization) -> Rows:
    """The changes of the week, counted."""
    week = [(at, said) for at, said in seen(told) if at >= MONDAY]
    kinds = grouped(((said.table, said.change), (at, said)) for at, said in week)
    return [
        (
            table,
            change,
            len(entries),
            0 if table.startswith("badge_") else len({said.key[0] for _, said in entries}),
            max(at for at, _ in entries),
        )
        for (table, change), entries in kinds.items()
    ]


@to("Who moved to another department, and when did we see it?")
def moves(told: Organization) -> Rows:
    """Employees who are still here and whose department was another one a run earlier."""
    now = {person.id: person.row for person in People(told).all}
    order = [column.name for column in EMPLOYEES.columns]
    return [
        (
            at,
            now[said.key[0]]["full_name"],
            now[said.key[0]]["department"],
            now[said.key[0]]["team"],
            json.dumps(sorted(said.columns, key=order.index), separators=(",", ":")),
        )
        for at, said in seen(told)
        if said.table == "employees" and "department" in said.columns and said.key[0] in now
    ]
