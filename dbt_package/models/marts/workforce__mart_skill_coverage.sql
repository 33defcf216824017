{# Made by `python -m workforce_source.dbt_package package FOLDER`: do not edit. #}
-- grain: one skill in one group of employees, nobody having it included
with sizes as (
  select organization_id, dimension, dimension_value,
    cast(count(*) as bigint) as employees,
    cast(sum(is_connected) as bigint) as connected,
    cast(sum(is_known) as bigint) as known
  from {{ ref('workforce_source', 'workforce__bridge_employee_group') }}
  group by organization_id, dimension, dimension_value
),
skills as (
  select organization_id, skill_key from {{ ref('workforce_source', 'workforce__fct_employee_skill') }}
  union
  select organization_id, skill_key from {{ ref('workforce_source', 'workforce__dim_skill') }} where is_target = 1
),
held as (
  select g.organization_id, g.dimension, g.dimension_value, s.skill_key,
    sum(g.is_known) as people,
    sum(1 - g.is_known) as people_not_known,
    sum(case when g.is_known = 1 then s.has_verified_skill else 0 end) as people_verified,
    sum(case when g.is_known = 1
        and {{ workforce_source.days_between(workforce_source.as_of(), "s.valid_until") }} <= 90
      then 1 else 0 end) as people_lapsing_90d
  from {{ ref('workforce_source', 'workforce__bridge_employee_group') }} g
  join {{ ref('workforce_source', 'workforce__fct_employee_skill') }} s
    on s.organization_id = g.organization_id and s.employee_id = g.employee_id
  where s.has_skill = 1
  group by g.organization_id, g.dimension, g.dimension_value, s.skill_key
),
cells as (
  select z.organization_id, z.dimension, z.dimension_value, k.skill_key,
    z.employees, z.connected, z.known,
    cast(coalesce(h.people, 0) as bigint) as people,
    cast(coalesce(h.people_not_known, 0) as bigint) as people_not_known,
    cast(coalesce(h.people_verified, 0) as bigint) as people_verified,
    cast(coalesce(h.people_lapsing_90d, 0) as bigint) as people_lapsing_90d
  from sizes z
  join skills k on k.organization_id = z.organization_id
  left join held h
    on h.organization_id = z.organization_id and h.dimension = z.dimension
    and h.dimension_value = z.dimension_value and h.skill_key = k.skill_key
)
select
  c.organization_id,
  c.dimension,
  c.dimension_value,
  c.skill_key,
  d.skill_name,
  c.employees,
  c.connected,
  c.known,
  c.people,
  c.people_verified,
  c.people_not_known,
  c.people_lapsing_90d,
  cast(c.people as {{ workforce_source.type_double() }}) / nullif(c.known, 0) as coverage,
  cast(c.people + c.people_not_known as {{ workforce_source.type_double() }}) / c.employees as coverage_low,
  cast(c.people + c.employees - c.known as {{ workforce_source.type_double() }}) / c.employees as coverage_high,
  case when c.known = 0 then 'unknown'
    when c.people = 0 then 'none'
    when c.people = 1 then 'single'
    when c.people = 2 then 'thin'
    else 'deep' end as depth_band,
  {{ workforce_source.as_of() }} as as_of
from cells c
join {{ ref('workforce_source', 'workforce__dim_skill') }} d on d.organization_id = c.organization_id and d.skill_key = c.skill_key
