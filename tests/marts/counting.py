"""Random organizations, and who has which skill in them, counted in Python one by one.

The counting is written from the definitions, not from the SQL, and shares nothing with it but the
key of a skill.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from random import Random
from typing import Any

from workforce_source.marts import Cost, Requirement, Target, skill_key

Row = dict[str, Any]
Tables = dict[str, list[Row]]
Cell = tuple[str, str, str, str]
"""Organization, dimension, value and skill."""

AS_OF = date(2026, 11, 24)
DIMENSIONS = ("department", "team", "country", "job_family")
_SKILLS = ("SQL", "sql", " SQL", "Rust", "Go", "R", "Data  Modelling", "data modelling", "k8s")
_STATES = ("accepted",) * 6 + ("pending", "created", "rejected")
_BADGE_STATES = ("accepted",) * 6 + ("pending", "rejected", "revoked")
ALIASES = {"k8s": "go"}
CATEGORIES = {"go": "code", "rust": "code", "r": "data", "sql": "data"}
TARGETS = (
    Target("all", "all", "sql", "SQL", min_people=60),
    Target("team", "red", "go", "Go", min_people=60),
    Target("department", "Sales", "r", "R", min_people=2),
    Target("country", "Peru", "rust", "Rust", min_people=1),
)
COSTS = (
    Cost("t1", None, None, Decimal("100.10"), "EUR"),
    Cost("t2", None, None, Decimal("0.25"), "USD"),
    Cost(None, "Badge 2", None, Decimal(9), "EUR"),
    Cost(None, "Badge 3", None, Decimal(5), "EUR"),
    Cost(None, "A", "X", Decimal("1.10"), "EUR"),
    Cost(None, "A", None, Decimal("2.20"), "USD"),
    Cost(None, "B", None, Decimal("3.30"), "USD"),
)
REQUIREMENTS = (
    Requirement("skill", "all", "all", "skill", "go", "k8s", None, None, 200, 20),
    Requirement("skill", "team", "red", "skill", "go", "k8s", None, date(2026, 6, 1), 100, 0),
    Requirement("skill", "team", "red", "skill", "go", "k8s", None, AS_OF, None, 5, "two"),
    Requirement("badge", "department", "Sales", "badge", "A", "A", None, None, 30, 400),
    Requirement("named", "country", "Peru", "badge", "B", "B", "Y", date(2027, 3, 1)),
    Requirement("named", "team", "blue", "badge", "B", "B", "Y", None, 500, 3),
    Requirement("template", "all", "all", "template", "t3", "t3", None, None, 0, 60),
)


def population(seed: int, employees: int) -> Tables:
    """Get the raw tables of two organizations, removed rows and strays among them."""
    rng = Random(seed)
    tables: Tables = {
        name: []
        for name in (
            "employees",
            "badge_reads",
            "badge_templates",
            "badge_template_skills",
            "employee_badges",
            "external_badges",
            "external_badge_skills",
        )
    }
    for organization in ("one", "two"):
        _templates(rng, organization, tables)
        for number in range(employees):
            _person(rng, organization, f"e{number}", tables)
    return tables


def _templates(rng: Random, organization: str, tables: Tables) -> None:
    for number in range(8):
        template = {"organization_id": organization, "id": f"t{number}"}
        tables["badge_templates"].append({**template, "name": f"Badge {number}"})
        for skill in rng.sample(_SKILLS, rng.randrange(4)):
            tables["badge_template_skills"].append(
                {
                    "organization_id": organization,
                    "badge_template_id": template["id"],
                    "skill_name": skill,
                    "skill_key": skill_key(skill),
                    "removed_at": _sometimes(rng, 0.1),
                }
            )


def _person(rng: Random, organization: str, employee: str, tables: Tables) -> None:
    key = {"organization_id": organization, "employee_id": employee}
    state = rng.choice(_STATES)
    tables["employees"].append(
        {
            "organization_id": organization,
            "id": employee,
            "employee_state": state,
            # some share an id, and some have none; managers may be strangers, and stand in a circle
            "external_id": rng.choice((f"x{employee}", f"x{employee}", "x-shared", "", None)),
            "manager_external_id": rng.choice((f"xe{rng.randrange(12)}", "x-shared", "", None)),
            "department": rng.choice(("Sales", "Data", " Data", None)),
            "team": rng.choice(("red", "blue", "green", "")),
            "country": rng.choice(("Kenya", "Peru")),
            "created_at": rng.choice((None, _at(AS_OF - timedelta(days=rng.randrange(700))))),
            "removed_at": _sometimes(rng, 0.05),
        }
    )
    if rng.random() < 0.9:
        tables["badge_reads"].append(
            {
                **key,
                "badges_read_at": None if rng.random() < 0.2 else _at(AS_OF),
                "removed_at": _sometimes(rng, 0.05),
            }
        )
    for number in range(rng.randrange(4)):
        tables["employee_badges"].append(
            {
                **key,
                "id": f"{employee}-{number}",
                "badge_template_id": f"t{rng.randrange(8)}",
                "state": rng.choice(_BADGE_STATES),
                **_dates(rng),
                "removed_at": _sometimes(rng, 0.05),
            }
        )
    for number in range(rng.choice((0, 0, 1, 2))):
        record = {**key, "credly_record_id": f"{employee}-x{number}"}
        tables["external_badges"].append(
            {
                **record,
                "badge_name": rng.choice("ABC"),
                "issuer_name": rng.choice(("X", "Y", None)),
                "verified": rng.choice((True, False, None)),
                **_dates(rng),
                "removed_at": _sometimes(rng, 0.05),
            }
        )
        for skill in rng.sample(_SKILLS, rng.randrange(3)):
            tables["external_badge_skills"].append(
                {**record, "skill_name": skill, "skill_key": skill_key(skill)}
            )


def _dates(rng: Random) -> Row:
    row: Row = {}
    for name, days in (("issued", rng.randrange(-900, 15)), ("expires", rng.randrange(-200, 900))):
        if rng.random() < 0.7:
            day = AS_OF + timedelta(days=days)
            row[f"{name}_at_date"] = day
            if rng.random() < 0.7:
                row[f"{name}_at"] = _at(day)
    return row


def _at(day: date) -> datetime:
    return datetime.combine(day, time(12), UTC)


def _sometimes(rng: Random, share: float) -> datetime | None:
    return _at(AS_OF) if rng.random() < share else None


@dataclass(frozen=True)
class Person:
    """One employee, with the skills they have."""

    organization: str
    employee: str
    groups: tuple[tuple[str, str], ...]
    connected: bool
    known: bool
    skills: dict[str, bool]
    """Whether it is verified, by skill."""
    lapsing: frozenset[str]


def people_of(tables: Tables) -> Iterator[Person]:
    """Get everybody who is there, with their skills."""
    reads = {
        (r["organization_id"], r["employee_id"]): r["badges_read_at"]
        for r in _live(tables["badge_reads"])
    }
    for row in _live(tables["employees"]):
        key = (row["organization_id"], row["id"])
        connected = row["employee_state"] == "accepted"
        groups = [("all", "all"), *((name, _value(row, name)) for name in DIMENSIONS)]
        skills: dict[str, bool] = {}
        ends: dict[str, date] = {}
        for skill, verified, end in _active_skills(tables, *key):
            skills[skill] = skills.get(skill, False) or verified
            ends[skill] = max(ends.get(skill, date.min), end)
        yield Person(
            *key,
            tuple(groups),
            connected,
            connected and reads.get(key) is not None,
            skills,
            frozenset(s for s, end in ends.items() if (end - AS_OF).days <= 90),
        )


def _active_skills(
    tables: Tables, organization: str, employee: str
) -> Iterator[tuple[str, bool, date]]:
    for skill, verified, issued, expires in _evidence(tables, organization, employee):
        if issued <= AS_OF <= expires:
            yield skill, verified, expires


def _evidence(
    tables: Tables, organization: str, employee: str
) -> Iterator[tuple[str, bool, date, date]]:
    """Get skill, verified, and the first and last valid day of accepted badges, skill by skill."""
    mine = (organization, employee)
    for badge in _of(tables["employee_badges"], mine):
        if badge["state"] == "accepted":
            for row in _live(tables["badge_template_skills"]):
                if (row["organization_id"], row["badge_template_id"]) == (
                    organization,
                    badge["badge_template_id"],
                ):
                    yield _merged(row), True, *_validity(badge)
    for badge in _of(tables["external_badges"], mine):
        for row in _of(tables["external_badge_skills"], mine):
            if row["credly_record_id"] == badge["credly_record_id"]:
                yield _merged(row), badge["verified"] is True, *_validity(badge)


def _validity(badge: Row) -> tuple[date, date]:
    return badge.get("issued_at_date") or date.min, badge.get("expires_at_date") or date.max


def _merged(row: Row) -> str:
    key: str = row["skill_key"]
    return ALIASES.get(key, key)


def _value(employee: Row, dimension: str) -> str:
    return (employee.get(dimension) or "").strip() or "(unknown)"


def _live(rows: list[Row]) -> list[Row]:
    return [row for row in rows if row.get("removed_at") is None]


def _of(rows: list[Row], employee: tuple[str, str]) -> list[Row]:
    return [r for r in _live(rows) if (r["organization_id"], r["employee_id"]) == employee]


def counted(tables: Tables) -> dict[Cell, tuple[int, ...]]:
    """Get employees, connected, known, people, verified, not known and lapsing of every cell.

    A cell in which nobody has the skill is not there.
    """
    people = list(people_of(tables))
    cells: dict[Cell, tuple[int, ...]] = {}
    for organization in {person.organization for person in people}:
        mine = [person for person in people if person.organization == organization]
        for group in {group for person in mine for group in person.groups}:
            inside = [person for person in mine if group in person.groups]
            for skill in {skill for person in inside for skill in person.skills}:
                having = [p for p in inside if skill in p.skills]
                known = [p for p in having if p.known]
                cells[organization, *group, skill] = (
                    len(inside),
                    sum(p.connected for p in inside),
                    sum(p.known for p in inside),
                    len(known),
                    sum(p.skills[skill] for p in known),
                    len(having) - len(known),
                    sum(skill in p.lapsing for p in known),
                )
    return cells


def categories(tables: Tables) -> dict[Cell, tuple[int, ...]]:
    """Get known, people, verified and not known of every category that somebody has."""
    people = list(people_of(tables))
    cells: dict[Cell, tuple[int, ...]] = {}
    for name in set(CATEGORIES.values()):
        inside = {skill for skill, category in CATEGORIES.items() if category == name}
        for organization, group in {(p.organization, g) for p in people for g in p.groups}:
            mine = [p for p in people if p.organization == organization and group in p.groups]
            able = [p for p in mine if inside & p.skills.keys()]
            known = [p for p in able if p.known]
            if able:
                cells[organization, *group, name] = (
                    sum(p.known for p in mine),
                    len(known),
                    sum(any(p.skills.get(skill) for skill in inside) for p in known),
                    len(able) - len(known),
                )
    return cells


def adjacent(tables: Tables) -> dict[tuple[str, str], list[tuple[str, int, float, float]]]:
    """Get the nearest skills, who has both, share and lift, by organization and wanted skill."""
    people = [person for person in people_of(tables) if person.known]
    found: dict[tuple[str, str], list[tuple[str, int, float, float]]] = {}
    for organization in {person.organization for person in people}:
        mine = [person for person in people if person.organization == organization]
        able = {s: {p.employee for p in mine if s in p.skills} for p in mine for s in p.skills}
        for wanted in {target.skill_key for target in TARGETS} & able.keys():
            near = []
            for other, holders in able.items():
                both, either = able[wanted] & holders, able[wanted] | holders
                share, chance = len(both) / len(able[wanted]), len(holders) / len(mine)
                if other != wanted and len(both) >= 3 and share > chance + 1e-9:
                    near.append(
                        (-len(both) / len(either), -len(both), other, share, share / chance)
                    )
            best = [
                (other, -both, share, lift) for _, both, other, share, lift in sorted(near)[:10]
            ]
            if best:
                found[organization, wanted] = best
    return found


def candidates(tables: Tables) -> dict[tuple[str, str, str, str], list[tuple[str, int]]]:
    """Get the nearest employees and how many skills make them so, by organization and target."""
    people = list(people_of(tables))
    found: dict[tuple[str, str, str, str], list[tuple[str, int]]] = {}
    for (organization, wanted), near in adjacent(tables).items():
        for target in (target for target in TARGETS if target.skill_key == wanted):
            group = (target.dimension, target.dimension_value)
            inside = [
                p
                for p in people
                if p.known and p.organization == organization and group in p.groups
            ]
            able = [p for p in inside if wanted in p.skills]
            lasting = [p for p in able if wanted not in p.lapsing]
            ranked = []
            for person in inside if len(lasting) < (target.min_people or 0) else ():
                has = [(at, both) for at, (s, both, *_) in enumerate(near) if s in person.skills]
                if has and person not in able:
                    weight = sum(both for _, both in has)
                    ranked.append((-len(has), -weight, has[0][0], person.employee))
            if ranked:
                best = sorted(ranked)[:10]
                found[organization, *group, wanted] = [(name, -count) for count, _, _, name in best]
    return found


def managed(tables: Tables) -> set[tuple[str, str, str, int]]:
    """Get organization, manager, employee and the steps between them, by walking up the line."""
    found: set[tuple[str, str, str, int]] = set()
    employees = _live(tables["employees"])
    for organization in {row["organization_id"] for row in employees}:
        rows = [row for row in employees if row["organization_id"] == organization]
        for row in rows:
            here, seen = row, {row["id"]}
            for depth in range(1, 16):
                wanted = here["manager_external_id"]
                above = [other for other in rows if wanted and other["external_id"] == wanted]
                if len(above) != 1 or above[0]["id"] in seen:
                    break
                here = above[0]
                seen.add(here["id"])
                found.add((organization, here["id"], row["id"], depth))
    return found


def compliance(tables: Tables) -> dict[tuple[str, str, str], tuple[Any, ...]]:
    """Get status, last day, until when, verified, and met before; by requirement and employee."""
    known = {(p.organization, p.employee): p.known for p in people_of(tables)}
    found: dict[tuple[str, str, str], tuple[Any, ...]] = {}
    for row in _live(tables["employees"]):
        mine = (row["organization_id"], row["id"])
        lines = [r for r in REQUIREMENTS if r.organization_id in (None, mine[0])]
        own = {(r.requirement, r.dimension_value) for r in lines if r.organization_id}
        for name in {r.requirement for r in lines}:
            applying = [
                (_first_due(r, row) or date.max, r.grace_days, r)
                for r in lines
                if r.requirement == name
                and (r.dimension == "all" or _value(row, r.dimension) == r.dimension_value)
                and (r.organization_id or (name, r.dimension_value) not in own)
            ]
            if applying:
                due, grace, line = min(applying, key=lambda a: a[:2])
                held = list(_meeting(tables, mine, line))
                found[mine[0], name, mine[1]] = _judged(due, grace, held, known[mine])
    return found


def _first_due(requirement: Requirement, employee: Row) -> date | None:
    days = []
    if requirement.fixed_date:
        days.append(requirement.fixed_date)
    if requirement.due_days is not None and employee["created_at"]:
        days.append(employee["created_at"].date() + timedelta(days=requirement.due_days))
    return max(days, default=None)


def _meeting(
    tables: Tables, employee: tuple[str, str], requirement: Requirement
) -> Iterator[tuple[bool, date, date]]:
    """Get verified, first and last valid day of accepted badges that meet a requirement."""
    if requirement.required_kind == "skill":
        for skill, verified, issued, expires in _evidence(tables, *employee):
            if skill == requirement.required_key:
                yield verified, issued, expires
        return
    for badge in _of(tables["employee_badges"], employee):
        if badge["state"] == "accepted" and badge["badge_template_id"] == requirement.required_key:
            yield True, *_validity(badge)
    for badge in _of(tables["external_badges"], employee):
        if badge["badge_name"] == requirement.required_key and (
            requirement.required_issuer in (None, badge["issuer_name"])
        ):
            yield badge["verified"] is True, *_validity(badge)


def _judged(
    due: date, grace: int, held: list[tuple[bool, date, date]], known: bool
) -> tuple[Any, ...]:
    active = [each for each in held if each[1] <= AS_OF <= each[2]]
    ended = [expires for _, issued, expires in held if issued <= expires < AS_OF]
    until = max((expires for _, _, expires in active), default=None)
    last = until or max(ended, default=None)
    if last and last < date.max and (last > due or due == date.max):
        due = last
    if until:
        status = "lapsing" if (until - AS_OF).days <= 90 else "met"
    elif not known:
        status = "unknown"
    elif due >= AS_OF:
        status = "due"
    else:
        status = "in grace" if (AS_OF - due).days <= grace else "overdue"
    return (
        status,
        None if due == date.max else due,
        None if until == date.max else until,
        int(any(verified for verified, _, _ in active)),
        int(bool(active or ended)),
    )


def compliance_of_groups(tables: Tables) -> dict[Cell, dict[str, int]]:
    """Get how many have which status, by organization, group and requirement."""
    groups = {(p.organization, p.employee): p.groups for p in people_of(tables)}
    cells: dict[Cell, dict[str, int]] = {}
    for (organization, name, employee), (status, *_) in compliance(tables).items():
        for group in groups[organization, employee]:
            cell = cells.setdefault((organization, *group, name), {})
            cell[status] = cell.get(status, 0) + 1
    return cells


def renewals(tables: Tables) -> dict[tuple[Any, ...], tuple[Any, ...]]:
    """Get outcome, first later day of issue, by organization, employee, what and last day."""
    found: dict[tuple[Any, ...], tuple[Any, ...]] = {}
    for row in _live(tables["employees"]):
        mine = (row["organization_id"], row["id"])
        held: dict[Any, list[Row]] = {}
        for table, source in (("employee_badges", "credly"), ("external_badges", "external")):
            for badge in tables[table]:
                if (badge["organization_id"], badge["employee_id"]) == mine:
                    what = badge.get("badge_template_id") or (
                        f"external|{badge['issuer_name'] or ''}|{badge['badge_name']}"
                    )
                    held.setdefault((source, what), []).append(badge)
        for what, badges in held.items():
            for end in {badge.get("expires_at_date") for badge in badges}:
                if end and end < AS_OF and (outcome := _outcome(badges, end)):
                    found[*mine, *what, end] = outcome
    return found


def _outcome(badges: list[Row], end: date) -> tuple[Any, ...] | None:
    """Say what became of the copies of one badge that end on one day."""
    ending = [b for b in badges if b.get("expires_at_date") == end]
    live = _live(ending)
    sound = [b for b in live if (b.get("issued_at_date") or date.min) <= end]
    states = {b.get("state", "accepted") for b in sound}
    if "accepted" in states:
        later = [
            b.get("issued_at_date") or date.min
            for b in _live(badges)
            if b.get("state", "accepted") == "accepted"
            and _validity(b)[0] <= min(_validity(b)[1], AS_OF)
            and _validity(b)[1] > end
        ]
        first = min(later, default=None)
        if first is None:
            return ("open" if (AS_OF - end).days <= 90 else "lapsed", None)
        days = (first - end).days
        outcome = "renewed" if days <= 0 else "renewed late" if days <= 90 else "returned"
        return outcome, None if first == date.min else first
    if "revoked" in states:
        return "revoked", None
    if not live and any(b.get("state", "accepted") == "accepted" for b in ending):
        return "deleted", None
    return None


def costs(tables: Tables) -> dict[tuple[Any, ...], tuple[int, int, Decimal | None]]:
    """Get badges, holders and their sum by organization, month, group and currency."""
    groups = {(p.organization, p.employee): p.groups for p in people_of(tables)}
    due: dict[tuple[Any, ...], list[tuple[str, Decimal | None]]] = {}
    for mine, held in groups.items():
        lasting: dict[Any, date] = {}
        for what, _, _, end in _active_badges(tables, mine):
            lasting[what] = max(lasting.get(what, date.min), end)
        named = {what: (name, issuer) for what, name, issuer, _ in _active_badges(tables, mine)}
        for what, end in lasting.items():
            if (end - AS_OF).days <= 365:
                amount, currency = _price(what[1], *named[what])
                for group in held:
                    key = (mine[0], end.replace(day=1), *group, currency)
                    due.setdefault(key, []).append((mine[1], amount))
    return {
        key: (
            len(some),
            len({employee for employee, _ in some}),
            None if key[-1] == "(none)" else sum((a for _, a in some if a), Decimal(0)),
        )
        for key, some in due.items()
    }


def _active_badges(
    tables: Tables, mine: tuple[str, str]
) -> Iterator[tuple[tuple[str, str], str, str | None, date]]:
    """Get what was earned, its name and issuer, and the last valid day of active badges."""
    for badge in _of(tables["employee_badges"], mine):
        if badge["state"] == "accepted" and _validity(badge)[0] <= AS_OF <= _validity(badge)[1]:
            template = badge["badge_template_id"]
            yield ("credly", template), f"Badge {template[1:]}", None, _validity(badge)[1]
    for badge in _of(tables["external_badges"], mine):
        if _validity(badge)[0] <= AS_OF <= _validity(badge)[1]:
            name, issuer = badge["badge_name"], badge["issuer_name"]
            yield ("external", f"{issuer}|{name}"), name, issuer, _validity(badge)[1]


def _price(template: str, name: str, issuer: str | None) -> tuple[Decimal | None, str]:
    for wanted in ((template, None, None), (None, name, issuer), (None, name, None)):
        for cost in COSTS:
            if (cost.template_id, cost.badge_name, cost.issuer_name) == wanted:
                return cost.amount, cost.currency
    return None, "(none)"


def asked(tables: Tables, wanted: Iterable[tuple[str, str, str]]) -> set[Cell]:
    """Get the cells that are counted even where nobody has the skill.

    Args:
        tables: The raw tables.
        wanted: Dimension, value and skill of each target of every organization.
    """
    wanted = list(wanted)
    cells: set[Cell] = set()
    for person in people_of(tables):
        evidence = _evidence(tables, person.organization, person.employee)
        skills = {skill for skill, *_ in evidence} | {skill for *_, skill in wanted}
        cells |= {(person.organization, "all", "all", skill) for skill in skills}
        cells |= {(person.organization, *cell) for cell in wanted if cell[:2] in person.groups}
    return cells


def velocity(tables: Tables) -> dict[tuple[str, date, str, str], tuple[int, int, int]]:
    """Get badges earned, earners, badges lapsed by organization, month, department, source."""
    earned: dict[tuple[str, date, str, str], set[tuple[str, str]]] = {}
    lapsed: dict[tuple[str, date, str, str], set[tuple[str, str]]] = {}
    for row in _live(tables["employees"]):
        mine = (row["organization_id"], row["id"])
        badges = [
            *((b, "credly", b["badge_template_id"]) for b in _of(tables["employee_badges"], mine)),
            *(
                (b, "external", (b["issuer_name"], b["badge_name"]))
                for b in _of(tables["external_badges"], mine)
            ),
        ]
        for badge, source, what in badges:
            issued, expires = badge.get("issued_at_date"), badge.get("expires_at_date")
            if badge.get("state", "accepted") != "accepted" or not issued or issued > AS_OF:
                continue
            for day, counted_in in ((issued, earned), (expires, lapsed)):
                if day and (counted_in is earned or day < AS_OF):
                    key = (mine[0], day.replace(day=1), _value(row, "department"), source)
                    counted_in.setdefault(key, set()).add((mine[1], what))
    return {
        key: (
            len(earned.get(key, ())),
            len({employee for employee, _ in earned.get(key, ())}),
            len(lapsed.get(key, ())),
        )
        for key in earned.keys() | lapsed.keys()
    }


def history(tables: Tables) -> dict[tuple[str, date, str], int]:
    """Get the known people with a skill by organization, month's end and skill, today included."""
    holders: dict[tuple[str, date, str], set[str]] = {}
    for organization in ("one", "two"):
        spans = [
            (person.employee, skill, issued, expires)
            for person in people_of(tables)
            if person.known and person.organization == organization
            for skill, _, issued, expires in _evidence(tables, organization, person.employee)
            if issued <= AS_OF
        ]
        started = min((span[2] for span in spans if span[2] != date.min), default=AS_OF)
        days = [AS_OF - timedelta(days=days) for days in range(1827)]
        ends = [d for d in days if (d + timedelta(days=1)).day == 1 and d >= started and d != AS_OF]
        for day in (AS_OF, *ends):
            for employee, skill, issued, expires in spans:
                if issued <= day <= expires:
                    holders.setdefault((organization, day, skill), set()).add(employee)
    return {key: len(employees) for key, employees in holders.items()}
