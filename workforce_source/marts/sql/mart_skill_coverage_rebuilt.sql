-- grain: one skill in the organization or a department at one month's end of the last five years
-- Rebuilt from dates of issue and expiry and from who works where today: who left, what was
-- revoked and what was deleted are missing from it.
with evidence as (
  select distinct b.organization_id, b.employee_id, s.skill_key, b.issued_date, b.expires_date
  from marts.fct_badge b
  join marts.bridge_badge_skill s
    on s.organization_id = b.organization_id and s.employee_id = b.employee_id
    and s.badge_source = b.badge_source and s.badge_id = b.badge_id
  where b.is_accepted = 1
),
started as (
  select organization_id, min(issued_date) as first_issued_date
  from evidence
  group by organization_id
),
days as (
  select date_day as snapshot_date
  from marts.dim_date
  where (is_month_end = 1 and days_from_as_of between -1826 and -1) or days_from_as_of = 0
),
holders as (
  select distinct e.organization_id, e.employee_id, e.skill_key, d.snapshot_date
  from evidence e
  join started s on s.organization_id = e.organization_id
  join days d
    on (e.issued_date is null or e.issued_date <= d.snapshot_date)
    and (e.expires_date is null or e.expires_date >= d.snapshot_date)
    and (d.snapshot_date = cast($as_of as date) or d.snapshot_date >= s.first_issued_date)
),
people as (
  select h.organization_id, g.dimension, g.dimension_value, h.skill_key, h.snapshot_date,
    count(*) as people
  from holders h
  join marts.bridge_employee_group g
    on g.organization_id = h.organization_id and g.employee_id = h.employee_id
  where g.is_known = 1 and g.dimension in ('all', 'department')
  group by h.organization_id, g.dimension, g.dimension_value, h.skill_key, h.snapshot_date
),
sizes as (
  select organization_id, dimension, dimension_value, sum(is_known) as known
  from marts.bridge_employee_group
  group by organization_id, dimension, dimension_value
)
select
  p.snapshot_date,
  p.organization_id,
  p.dimension,
  p.dimension_value,
  p.skill_key,
  d.skill_name,
  cast(z.known as bigint) as known,
  cast(p.people as bigint) as people,
  cast(p.people as double) / z.known as coverage,
  'rebuilt' as basis,
  cast($as_of as date) as as_of
from people p
join sizes z
  on z.organization_id = p.organization_id and z.dimension = p.dimension
  and z.dimension_value = p.dimension_value
join marts.dim_skill d on d.organization_id = p.organization_id and d.skill_key = p.skill_key
