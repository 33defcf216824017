"""Reads what known people hold, earned and renewed, and what departments could do before.

Only reading, like `reading.py`, which reads all else.
"""

from collections import defaultdict
from collections.abc import Callable, Sequence
from datetime import date, datetime
from typing import Any, Final

from workforce_source.report import facts
from workforce_source.report.facts import EVERYBODY, Group, Size

Rows = Callable[..., Sequence[tuple[Any, ...]]]
"""Gets the rows of a statement about the organization."""

_KNOWN: Final = """
from marts.fct_badge b
join marts.dim_employee e
  on e.organization_id = b.organization_id and e.employee_id = b.employee_id and e.is_known = 1
where b.organization_id = {organization}
"""
_HOLDERS: Final = "select count(distinct b.employee_id)" + _KNOWN + " and b.is_active = 1"
_EARNED: Final = (
    """
select
  sum(case when date_diff('day', b.issued_date, b.as_of) < 365 then 1 else 0 end),
  count(distinct case when date_diff('day', b.issued_date, b.as_of) < 365 then b.employee_id end),
  sum(case when date_diff('day', b.issued_date, b.as_of) between 365 and 729 then 1 else 0 end)
"""
    + _KNOWN
    + " and b.is_accepted = 1 and b.issued_date <= b.as_of"
)
_HELD: Final = (
    "select b.badge_name, b.issuer_name, count(distinct b.employee_id)"
    + _KNOWN
    + " and b.is_active = 1 group by b.badge_name, b.issuer_name"
)
_ISSUERS: Final = (
    "select b.issuer_name, count(distinct b.employee_id)"
    + _KNOWN
    + " and b.is_active = 1 group by b.issuer_name"
)
_TAUGHT: Final = """
select b.badge_name, b.issuer_name, d.skill_name, count(distinct b.employee_id)
from marts.fct_badge b
join marts.dim_employee e
  on e.organization_id = b.organization_id and e.employee_id = b.employee_id and e.is_known = 1
join marts.bridge_badge_skill s
  on s.organization_id = b.organization_id and s.employee_id = b.employee_id
  and s.badge_source = b.badge_source and s.badge_id = b.badge_id
join marts.dim_skill d on d.organization_id = s.organization_id and d.skill_key = s.skill_key
where b.organization_id = {organization} and b.is_active = 1
group by b.badge_name, b.issuer_name, d.skill_name
"""
_LAPSED: Final = (
    "select b.badge_name, b.issuer_name, count(distinct b.employee_id)"
    + _KNOWN
    + """ and b.is_accepted = 1 and b.is_expired = 1 and b.is_active = 0 and b.template_rank = 1
  and date_diff('day', b.expires_date, b.as_of) <= 90
group by b.badge_name, b.issuer_name
"""
)
_LAPSED_PEOPLE: Final = (
    "select count(distinct b.employee_id)"
    + _KNOWN
    + """ and b.is_accepted = 1 and b.is_expired = 1 and b.is_active = 0 and b.template_rank = 1
  and date_diff('day', b.expires_date, b.as_of) <= 90
"""
)
_ENDING: Final = """
select e.department, count(distinct b.employee_id)
from marts.mart_expiring_badges b
join marts.dim_employee e
  on e.organization_id = b.organization_id and e.employee_id = b.employee_id and e.is_known = 1
where b.organization_id = {organization} and b.days_left <= {horizon}
group by e.department
"""
# a badge that ended was earned again when an accepted copy of it lasts longer
_RENEWED: Final = """
with copies as (
  select e.department, b.employee_id,
    max(coalesce(b.expires_date, cast('9999-12-31' as date))) as lasts_until,
    max(case when b.expires_date < b.as_of and date_diff('day', b.expires_date, b.as_of) <= 365
      then b.expires_date end) as ended_on
  from marts.fct_badge b
  join marts.dim_employee e
    on e.organization_id = b.organization_id and e.employee_id = b.employee_id and e.is_known = 1
  where b.organization_id = {organization} and b.is_accepted = 1
  group by e.department, b.employee_id, b.badge_source, b.template_key
),
people as (
  select department, employee_id, min(case when lasts_until > ended_on then 1 else 0 end) as kept
  from copies
  where ended_on is not null
  group by department, employee_id
)
select department, count(*), sum(kept) from people group by department
"""
_COMPANY: Final = """
select issuer_name from marts.fct_badge
where organization_id = {organization} and is_own_issuer = 1
group by issuer_name
order by count(*) desc, issuer_name
limit 1
"""
_EARLIER: Final = """
select min(d.snapshot_date)
from marts.mart_skill_coverage_daily d
join (select max(as_of) as as_of from marts.dim_date) t on d.snapshot_date < t.as_of
where d.organization_id = {organization} and date_diff('day', d.snapshot_date, t.as_of) <= 400
"""
_PAST: Final = """
select dimension, dimension_value, skill_key, employees, connected, known, people
from marts.mart_skill_coverage_daily
where organization_id = {organization} and dimension in ('all', 'department')
  and snapshot_date = {day}
"""


def read_company(rows: Rows) -> str:
    """Get what the company itself issues badges as, most often; empty where the seeds name none."""
    found = rows(_COMPANY)
    return found[0][0] if found else ""


def read_earned(rows: Rows) -> facts.Earned:
    """Get what known people hold and earned."""
    ((holders,),) = rows(_HOLDERS)
    ((badges, people, before),) = rows(_EARNED)
    taught: dict[tuple[str, str], dict[str, int]] = defaultdict(dict)
    for badge, issuer, skill, count in rows(_TAUGHT):
        taught[badge or "", issuer or ""][skill] = int(count)
    return facts.Earned(
        holders=int(holders),
        badges=int(badges or 0),
        people=int(people or 0),
        before=int(before or 0),
        held=tuple(
            facts.Held(
                badge,
                issuer,
                count,
                tuple(sorted(taught[badge, issuer])),
                tuple(sorted(s for s, all_ in taught[badge, issuer].items() if all_ == count)),
            )
            for badge, issuer, count in _named(rows(_HELD))
        ),
        issuers={issuer or "": int(count) for issuer, count in rows(_ISSUERS)},
    )


def read_renewing(rows: Rows) -> facts.Renewing:
    """Get whose badges end or ended, and who earned them again."""
    renewed = list(rows(_RENEWED))
    ((lapsed_people,),) = rows(_LAPSED_PEOPLE)
    return facts.Renewing(
        ending=_by_department((where, count) for where, count in rows(_ENDING)),
        ended=_by_department((where, ended) for where, ended, _ in renewed),
        kept=_by_department((where, kept) for where, _, kept in renewed),
        lapsed=tuple(facts.Held(*one) for one in _named(rows(_LAPSED))),
        lapsed_people=int(lapsed_people),
    )


def read_past(rows: Rows) -> facts.Past | None:
    """Get what departments could do on the earliest day counted within thirteen months."""
    ((day,),) = rows(_EARLIER)
    if day is None:
        return None
    day = day.date() if isinstance(day, datetime) else day
    sizes: dict[Group, Size] = {}
    people: dict[str, dict[Group, int]] = defaultdict(dict)
    for dimension, value, key, employees, connected, known, having in rows(_PAST, day=_date(day)):
        group = Group(dimension, value)
        sizes[group] = Size(int(employees), int(connected), int(known))
        people[key][group] = int(having)
    return facts.Past(day, sizes, people) if EVERYBODY in sizes else None


def statements() -> list[str]:
    """Get what is asked of the marts, for finding out whether they are there."""
    return [_HELD, _TAUGHT, _ENDING, _RENEWED, _PAST.replace("{day}", _date(date.min))]


def _date(day: date) -> str:
    return f"cast('{day.isoformat()}' as date)"


def _named(rows: Sequence[tuple[Any, ...]]) -> list[tuple[str, str, int]]:
    return sorted((badge or "", issuer or "", int(count)) for badge, issuer, count in rows)


def _by_department(rows: Any) -> dict[Group, int]:
    found = {Group("department", where): int(count) for where, count in rows}
    return {**found, EVERYBODY: sum(found.values())} if found else {}
