"""Reads the facts of the report from the marts, in a destination or a published file.

Only reading: what may be shown is decided in `making.py`.
"""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from typing import Any, Final

from workforce_source.clock import in_utc
from workforce_source.exceptions import ConfigError
from workforce_source.marts.dialect import literal
from workforce_source.report import facts, reading_badges
from workforce_source.report.facts import EVERYBODY, Facts, Group, Size
from workforce_source.report.reading_badges import (
    read_company,
    read_earned,
    read_past,
    read_renewing,
)
from workforce_source.small_groups import Rule

Ask = Callable[[str], Sequence[tuple[Any, ...]]]
"""Gets the rows of a SELECT in DuckDB's dialect, its tables named `marts.<mart>`."""

HORIZON: Final = 90
"""Days ahead that are looked at unless said otherwise."""

_ORGANIZATIONS: Final = "select distinct organization_id from marts.dim_employee order by 1"
_AS_OF: Final = "select max(as_of) from marts.dim_date"
_READ: Final = """
select min(badges_read_at), max(badges_read_at) from marts.dim_employee
where organization_id = {organization} and is_known = 1
"""
_SIZES: Final = """
select dimension, dimension_value, count(*), sum(is_connected), sum(is_known)
from marts.bridge_employee_group
where organization_id = {organization}
group by dimension, dimension_value
"""
_INSIDE: Final = """
select c.dimension, c.dimension_value, min(p.dimension), min(p.dimension_value)
from marts.bridge_employee_group c
join marts.bridge_employee_group p
  on p.organization_id = c.organization_id and p.employee_id = c.employee_id
  and p.dimension <> c.dimension
where c.organization_id = {organization} and c.dimension <> 'all' and p.dimension <> 'all'
group by c.dimension, c.dimension_value, p.dimension
having count(distinct p.dimension_value) = 1
"""
_PEOPLE: Final = """
select skill_key, skill_name, dimension, dimension_value, people
from marts.mart_skill_coverage
where organization_id = {organization} and (people > 0 or dimension = 'all')
"""
_LAPSING: Final = """
select s.skill_key, count(*)
from marts.fct_employee_skill s
where s.organization_id = {organization} and s.has_skill = 1 and s.is_known = 1
  and date_diff('day', s.as_of, s.valid_until) <= {horizon}
group by s.skill_key
"""
_TARGETS: Final = """
select g.dimension, g.dimension_value, g.skill_name, g.people_needed, g.people, g.known, g.status,
  coalesce(l.people, 0), g.employees
from marts.mart_skill_gap g
left join (
  select b.dimension, b.dimension_value, s.skill_key, count(*) as people
  from marts.fct_employee_skill s
  join marts.bridge_employee_group b
    on b.organization_id = s.organization_id and b.employee_id = s.employee_id
  where s.organization_id = {organization} and s.has_skill = 1 and s.is_known = 1
    and date_diff('day', s.as_of, s.valid_until) <= {horizon}
  group by b.dimension, b.dimension_value, s.skill_key
) l on l.dimension = g.dimension and l.dimension_value = g.dimension_value
  and l.skill_key = g.skill_key
where g.organization_id = {organization}
order by g.dimension, g.dimension_value, g.skill_name
"""
_ENDINGS: Final = """
select b.badge_name, b.issuer_name, count(distinct b.employee_id)
from marts.mart_expiring_badges b
join marts.dim_employee e
  on e.organization_id = b.organization_id and e.employee_id = b.employee_id and e.is_known = 1
where b.organization_id = {organization} and b.days_left <= {horizon}
group by b.badge_name, b.issuer_name
"""
_TAUGHT: Final = """
select b.badge_name, b.issuer_name, d.skill_name,
  max(s.is_last_evidence)
from marts.mart_expiring_badges b
join marts.bridge_badge_skill s
  on s.organization_id = b.organization_id and s.employee_id = b.employee_id
  and s.badge_source = b.badge_source and s.badge_id = b.badge_id
join marts.dim_employee e
  on e.organization_id = s.organization_id and e.employee_id = s.employee_id and e.is_known = 1
join marts.dim_skill d on d.organization_id = s.organization_id and d.skill_key = s.skill_key
where b.organization_id = {organization} and b.days_left <= {horizon}
group by b.badge_name, b.issuer_name, d.skill_name
"""
_INVITED: Final = """
select department, sum(created), sum(invited), sum(pending), sum(accepted), sum(rejected)
from marts.mart_invite_funnel
where organization_id = {organization}
group by department
"""
_POINTS: Final = """
select skill_key, snapshot_date, known, people from marts.{mart}
where organization_id = {organization} and dimension = 'all' and skill_key in ({skills})
order by skill_key, snapshot_date
"""
_HOLDERS: Final = """
select d.skill_name, e.full_name, e.department
from marts.fct_employee_skill s
join marts.mart_skill_coverage c
  on c.organization_id = s.organization_id and c.skill_key = s.skill_key and c.dimension = 'all'
join marts.dim_employee e
  on e.organization_id = s.organization_id and e.employee_id = s.employee_id
join marts.dim_skill d on d.organization_id = s.organization_id and d.skill_key = s.skill_key
where s.organization_id = {organization} and s.has_skill = 1 and s.is_known = 1 and c.people <= 2
order by d.skill_name, e.full_name, s.employee_id
"""
_RENEWALS: Final = """
select e.full_name, b.department, b.badge_name, b.expires_date, b.skills_lost_if_not_renewed,
  b.team, m.full_name
from marts.mart_expiring_badges b
join marts.dim_employee e
  on e.organization_id = b.organization_id and e.employee_id = b.employee_id
left join (
  -- an id two employees share names neither
  select organization_id, external_id, min(full_name) as full_name
  from marts.dim_employee
  group by organization_id, external_id
  having count(*) = 1
) m on m.organization_id = e.organization_id and m.external_id = e.manager_external_id
where b.organization_id = {organization} and b.days_left <= {horizon}
order by m.full_name nulls last, b.expires_date, e.full_name, b.badge_name, b.badge_id
"""
_TREND_SKILLS: Final = 12
"""Skills whose past is read: those most held."""


def read_facts(
    ask: Ask,
    organization_id: str | None,
    *,
    with_names: bool,
    horizon: int = HORIZON,
    is_loaded: bool = False,
) -> Facts:
    """Get the facts of an organization.

    Args:
        ask: Gets the rows of a SELECT.
        organization_id: The organization; None for the only one there is.
        with_names: Also read who has the skills few have, and whose badges end.
        horizon: How many days ahead to look for what ends.
        is_loaded: The organization is loaded: where the marts have nobody of it, it is empty.

    Raises:
        ConfigError: There are several organizations and none was named.
    """
    if organization_id is None or not is_loaded:
        organization_id = _chosen([row[0] for row in ask(_ORGANIZATIONS)], organization_id)
    organization = literal(organization_id).sql(dialect="duckdb")

    def rows(sql: str, **more: str) -> Sequence[tuple[Any, ...]]:
        return ask(sql.format(organization=organization, horizon=int(horizon), **more))

    skills: dict[str, facts.Skill] = {}
    people: dict[str, dict[Group, int]] = defaultdict(dict)
    lapsing = dict(rows(_LAPSING))
    for key, name, dimension, value, count in rows(_PEOPLE):
        group = Group(dimension, value)
        people[key][group] = int(count)
        if group == EVERYBODY:
            skills[key] = facts.Skill(name, int(count), int(lapsing.get(key, 0)))
    sizes = {Group(d, v): Size(*map(int, counts)) for d, v, *counts in rows(_SIZES)}
    # by what is shown of them, never by the numbers behind
    most = sorted(skills, key=lambda key: (-Rule().number(skills[key].people), key))
    most = most[:_TREND_SKILLS]
    chosen = ", ".join(literal(key).sql(dialect="duckdb") for key in most) or "''"
    ((oldest, newest),) = rows(_READ)
    renewing = read_renewing(rows)
    return Facts(
        organization_id=organization_id,
        as_of=_day(ask(_AS_OF)[0][0]),
        sizes=sizes,
        inside=_inside(rows(_INSIDE)),
        skills=skills,
        people=people,
        targets=tuple(
            facts.Target(
                Group(dimension, value),
                skill,
                int(needed),
                int(held),
                int(known),
                _status(status, int(held), int(lost), int(needed)),
                int(lost),
                int(employees),
            )
            for dimension, value, skill, needed, held, known, status, lost, employees in rows(
                _TARGETS
            )
        ),
        endings=_endings(rows(_ENDINGS), rows(_TAUGHT)),
        ending_people=renewing.ending.get(EVERYBODY, 0),
        earned=read_earned(rows),
        renewing=renewing,
        past=read_past(rows),
        invited={name: facts.Invited(*map(int, counts)) for name, *counts in rows(_INVITED)},
        observed=_points(rows(_POINTS, mart="mart_skill_coverage_daily", skills=chosen)),
        rebuilt=_points(rows(_POINTS, mart="mart_skill_coverage_rebuilt", skills=chosen)),
        oldest_read_at=utc(oldest),
        newest_read_at=utc(newest),
        named=_named(rows) if with_names else None,
        horizon=horizon,
        company=read_company(rows),
    )


def statements() -> list[str]:
    """Get what is asked of the marts, for finding out whether they are there."""
    points = [
        _POINTS.format(mart=mart, organization="''", skills="''")
        for mart in ("mart_skill_coverage_daily", "mart_skill_coverage_rebuilt")
    ]
    asked = (_AS_OF, _SIZES, _PEOPLE, _TARGETS, _TAUGHT, _INVITED, _HOLDERS, *points)
    asked += tuple(reading_badges.statements())
    return [sql.format(organization="''", horizon=0) for sql in asked]


def _status(status: str, people: int, lapsing: int, needed: int) -> str:
    """Get the status of a target for the horizon asked for; the marts' is for 90 days."""
    if status in ("met", "lapsing"):
        return "lapsing" if people - lapsing < needed else "met"
    return status


def _chosen(there: list[str], wanted: str | None) -> str:
    if wanted is not None:
        if wanted not in there:
            raise ConfigError(
                "The marts hold no organization of that id. Check it (--organization), or load it"
                " and build the marts again."
            )
        return wanted
    if len(there) > 1:
        raise ConfigError(
            f"The marts hold {len(there)} organizations. Say which one the report is about"
            " (organization_id, or --organization)."
        )
    return there[0] if there else ""


def _inside(rows: Sequence[tuple[Any, ...]]) -> Mapping[Group, tuple[Group, ...]]:
    inside: dict[Group, list[Group]] = defaultdict(list)
    for dimension, value, around, around_value in rows:
        inside[Group(dimension, value)].append(Group(around, around_value))
    return {group: tuple(sorted(groups)) for group, groups in inside.items()}


def _endings(
    rows: Sequence[tuple[Any, ...]], taught: Sequence[tuple[Any, ...]]
) -> tuple[facts.Ending, ...]:
    skills: dict[tuple[str, str], dict[str, bool]] = defaultdict(dict)
    for badge, issuer, skill, lost in taught:
        skills[badge or "", issuer or ""][skill] = bool(lost)
    found = []
    for badge, issuer, people in sorted(rows, key=lambda row: (row[0] or "", row[1] or "")):
        of_badge = skills[badge or "", issuer or ""]
        names = sorted(of_badge, key=lambda name: (name.casefold(), name))
        lost = tuple(name for name in names if of_badge[name])
        found.append(facts.Ending(badge or "", issuer or "", int(people), tuple(names), lost))
    return tuple(found)


def _points(rows: Sequence[tuple[Any, ...]]) -> Mapping[str, tuple[facts.Point, ...]]:
    found: dict[str, list[facts.Point]] = defaultdict(list)
    for key, day, known, people in rows:
        found[key].append(facts.Point(_day(day), int(known), int(people)))
    return {key: tuple(points) for key, points in found.items()}


def _named(rows: Callable[[str], Sequence[tuple[Any, ...]]]) -> facts.People:
    return facts.People(
        tuple(facts.Holder(skill, name or "", where) for skill, name, where in rows(_HOLDERS)),
        tuple(
            facts.Renewal(
                name or "", where, badge or "", _day(ends), int(lost), team, manager or ""
            )
            for name, where, badge, ends, lost, team, manager in rows(_RENEWALS)
        ),
    )


def _day(value: Any) -> date:
    return value.date() if isinstance(value, datetime) else value


def utc(value: datetime | None) -> datetime | None:
    """Get a moment in UTC."""
    return None if value is None else in_utc(value)
