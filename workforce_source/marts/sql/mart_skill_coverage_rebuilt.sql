-- grain: one skill in the organization at a month's end of the last five years, or in a department at a quarter's
-- Rebuilt from dates of issue and expiry and from who works where today: who left, what was
-- revoked and what was deleted are missing from it. The last day is `as_of` itself.
with days as (
  select month_number, max(date_day) as snapshot_date
  from marts.dim_date
  where (is_month_end = 1 and days_from_as_of between -1826 and -1) or days_from_as_of = 0
  group by month_number
),
ends as (
  select min(month_number) as first_month, max(month_number) as last_month from days
),
evidence as (
  -- the first and the last of those days on which a badge is valid, as numbers of their months
  select b.organization_id, b.employee_id, s.skill_key, b.issued_date,
    coalesce(i.month_number, 0) as first_month,
    case when b.expires_date is null or b.expires_date >= cast($as_of as date) then n.last_month
      when x.is_month_end = 1 then x.month_number
      else x.month_number - 1 end as last_month
  from marts.fct_badge b
  join marts.bridge_badge_skill s
    on s.organization_id = b.organization_id and s.employee_id = b.employee_id
    and s.badge_source = b.badge_source and s.badge_id = b.badge_id
  join marts.dim_employee e
    on e.organization_id = b.organization_id and e.employee_id = b.employee_id
  join ends n on n.last_month >= 0
  left join marts.dim_date i on i.date_day = b.issued_date
  left join marts.dim_date x on x.date_day = b.expires_date
  where b.is_accepted = 1 and e.is_known = 1
    and (b.issued_date is null or b.issued_date <= cast($as_of as date))
),
ordered as (
  select e.organization_id, e.employee_id, e.skill_key, e.first_month, e.last_month,
    max(e.last_month) over (
      partition by e.organization_id, e.employee_id, e.skill_key
      -- nothing is null here; said because not every warehouse can sort nulls last in a frame
      order by e.first_month nulls first, e.last_month nulls first
      rows between unbounded preceding and 1 preceding
    ) as covered_until
  from evidence e
  where e.last_month >= e.first_month
),
spans as (
  -- what earlier badges cover is cut off: a person's spans never overlap, so they can be summed
  select organization_id, employee_id, skill_key, last_month,
    case when covered_until >= first_month then covered_until + 1 else first_month end
      as first_month
  from ordered
  where covered_until is null or covered_until < last_month
),
moves as (
  select organization_id, employee_id, skill_key, first_month as month_number, 1 as move
  from spans
  union all
  select organization_id, employee_id, skill_key, last_month + 1 as month_number, -1 as move
  from spans
),
clipped as (
  select m.organization_id, m.employee_id, m.skill_key, m.move,
    case when m.month_number < n.first_month then n.first_month else m.month_number end
      as month_number
  from moves m
  join ends n on n.last_month >= 0
),
steps as (
  select c.organization_id, g.dimension, g.dimension_value, c.skill_key, c.month_number,
    sum(c.move) as step
  from clipped c
  join marts.bridge_employee_group g
    on g.organization_id = c.organization_id and g.employee_id = c.employee_id
  where g.dimension in ('all', 'department')
  group by c.organization_id, g.dimension, g.dimension_value, c.skill_key, c.month_number
),
shown as (
  -- a department is told of at a quarter's end
  select 'all' as dimension, month_number, snapshot_date from days
  union all
  select 'department' as dimension, month_number, snapshot_date from days
  where month_number % 3 = 2 or snapshot_date = cast($as_of as date)
),
started as (
  select organization_id, min(issued_date) as first_issued_date
  from evidence
  group by organization_id
),
sizes as (
  select organization_id, dimension, dimension_value, sum(is_known) as known
  from marts.bridge_employee_group
  group by organization_id, dimension, dimension_value
),
stretches as (
  -- from one change to the next the number is the same: months are made of it last, for they are many
  select s.organization_id, s.dimension, s.dimension_value, s.skill_key,
    s.month_number as first_month,
    sum(s.step) over (
      partition by s.organization_id, s.dimension, s.dimension_value, s.skill_key
      order by s.month_number nulls first
      rows between unbounded preceding and current row
    ) as people,
    lead(s.month_number) over (
      partition by s.organization_id, s.dimension, s.dimension_value, s.skill_key
      order by s.month_number nulls first
    ) as next_month
  from steps s
),
lines as (
  select s.organization_id, s.dimension, s.dimension_value, s.skill_key, d.skill_name,
    cast(z.known as bigint) as known,
    cast(s.people as bigint) as people,
    cast(s.people as double) / nullif(z.known, 0) as coverage,
    s.first_month,
    coalesce(s.next_month, n.last_month + 1) as next_month,
    t.first_issued_date
  from stretches s
  join ends n on n.last_month >= 0
  join sizes z
    on z.organization_id = s.organization_id and z.dimension = s.dimension
    and z.dimension_value = s.dimension_value
  -- each is there; why these are left joins is said in mart_skill_coverage.sql
  left join started t on t.organization_id = s.organization_id
  left join marts.dim_skill d on d.organization_id = s.organization_id and d.skill_key = s.skill_key
  where s.people > 0
)
select
  d.snapshot_date,
  l.organization_id,
  l.dimension,
  l.dimension_value,
  l.skill_key,
  l.skill_name,
  l.known,
  l.people,
  l.coverage,
  'rebuilt' as basis,
  cast($as_of as date) as as_of
from lines l
join shown d
  on d.dimension = l.dimension
  and d.month_number >= l.first_month and d.month_number < l.next_month
where d.snapshot_date = cast($as_of as date) or d.snapshot_date >= l.first_issued_date
