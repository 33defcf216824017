{# Made by `python -m workforce_source.dbt_package package FOLDER`: do not edit. #}
-- grain: one skill in one group: where somebody has it, in the whole organization, and where a target wants it
-- Nobody has most skills in most groups: those rows would be nearly all there are.
with sizes as (
  select organization_id, dimension, dimension_value,
    cast(count(*) as bigint) as employees,
    cast(sum(is_connected) as bigint) as connected,
    cast(sum(is_known) as bigint) as known
  from {{ ref('workforce_source', 'workforce__bridge_employee_group') }}
  group by organization_id, dimension, dimension_value
),
asked as (
  -- what is counted even where nobody has it
  select organization_id, 'all' as dimension, 'all' as dimension_value, skill_key
  from {{ ref('workforce_source', 'workforce__fct_employee_skill') }}
  union
  select organization_id, 'all' as dimension, 'all' as dimension_value, skill_key
  from {{ ref('workforce_source', 'workforce__dim_skill') }}
  where is_target = 1
  union
  select d.organization_id, t.dimension, t.dimension_value, t.skill_key
  from {{ ref('workforce_source', 'stg_workforce__skill_target') }} t
  join {{ ref('workforce_source', 'workforce__dim_skill') }} d
    on d.organization_id = coalesce(t.organization_id, d.organization_id)
    and d.skill_key = t.skill_key
),
told as (
  select g.organization_id, g.dimension, g.dimension_value, s.skill_key,
    g.is_known as known_people,
    1 - g.is_known as people_not_known,
    case when g.is_known = 1 then s.has_verified_skill else 0 end as verified_people,
    case when g.is_known = 1 and {{ workforce_source.days_between(workforce_source.as_of(), "s.valid_until") }} <= 90
      then 1 else 0 end as lapsing_people
  from {{ ref('workforce_source', 'workforce__bridge_employee_group') }} g
  join {{ ref('workforce_source', 'workforce__fct_employee_skill') }} s
    on s.organization_id = g.organization_id and s.employee_id = g.employee_id
  where s.has_skill = 1
  union all
  select organization_id, dimension, dimension_value, skill_key,
    0 as known_people, 0 as people_not_known, 0 as verified_people, 0 as lapsing_people
  from asked
),
counted as (
  select organization_id, dimension, dimension_value, skill_key,
    cast(sum(known_people) as bigint) as people,
    cast(sum(people_not_known) as bigint) as people_not_known,
    cast(sum(verified_people) as bigint) as people_verified,
    cast(sum(lapsing_people) as bigint) as people_lapsing_90d
  from told
  group by organization_id, dimension, dimension_value, skill_key
)
select
  c.organization_id,
  c.dimension,
  c.dimension_value,
  c.skill_key,
  d.skill_name,
  z.employees,
  z.connected,
  z.known,
  c.people,
  c.people_verified,
  c.people_not_known,
  c.people_lapsing_90d,
  cast(c.people as {{ workforce_source.type_double() }}) / nullif(z.known, 0) as coverage,
  cast(c.people + c.people_not_known as {{ workforce_source.type_double() }}) / z.employees as coverage_low,
  cast(c.people + z.employees - z.known as {{ workforce_source.type_double() }}) / z.employees as coverage_high,
  case when z.known = 0 then 'unknown'
    when c.people = 0 then 'none'
    when c.people = 1 then 'single'
    when c.people = 2 then 'thin'
    else 'deep' end as depth_band,
  {{ workforce_source.as_of() }} as as_of
from counted c
-- a target may name a group that nobody is in
join sizes z
  on z.organization_id = c.organization_id and z.dimension = c.dimension
  and z.dimension_value = c.dimension_value
-- each is there; said as a left join, for else DuckDB joins every group with every skill first: of tables
-- that the same transaction made it does not know how many organizations are in them
left join {{ ref('workforce_source', 'workforce__dim_skill') }} d on d.organization_id = c.organization_id and d.skill_key = c.skill_key
