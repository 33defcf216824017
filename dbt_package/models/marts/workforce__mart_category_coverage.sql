{# Made by `python -m workforce_source.dbt_package package FOLDER`: do not edit. #}
-- grain: one category of skills in one group of employees, nobody having it included
with categories as (
  select organization_id, skill_category, count(*) as skills
  from {{ ref('workforce_source', 'workforce__dim_skill') }}
  where skill_category <> '(none)'
  group by organization_id, skill_category
),
sizes as (
  select organization_id, dimension, dimension_value,
    cast(count(*) as bigint) as employees,
    cast(sum(is_connected) as bigint) as connected,
    cast(sum(is_known) as bigint) as known
  from {{ ref('workforce_source', 'workforce__bridge_employee_group') }}
  group by organization_id, dimension, dimension_value
),
able as (
  -- whoever has several of its skills is one person
  select s.organization_id, s.employee_id, d.skill_category,
    max(s.has_verified_skill) as is_verified
  from {{ ref('workforce_source', 'workforce__fct_employee_skill') }} s
  join {{ ref('workforce_source', 'workforce__dim_skill') }} d on d.organization_id = s.organization_id and d.skill_key = s.skill_key
  where s.has_skill = 1 and d.skill_category <> '(none)'
  group by s.organization_id, s.employee_id, d.skill_category
),
held as (
  select g.organization_id, g.dimension, g.dimension_value, a.skill_category,
    sum(g.is_known) as people,
    sum(case when g.is_known = 1 then a.is_verified else 0 end) as people_verified,
    sum(1 - g.is_known) as people_not_known
  from able a
  join {{ ref('workforce_source', 'workforce__bridge_employee_group') }} g
    on g.organization_id = a.organization_id and g.employee_id = a.employee_id
  group by g.organization_id, g.dimension, g.dimension_value, a.skill_category
),
cells as (
  select z.organization_id, z.dimension, z.dimension_value, c.skill_category, c.skills,
    z.employees, z.connected, z.known,
    cast(coalesce(h.people, 0) as bigint) as people,
    cast(coalesce(h.people_verified, 0) as bigint) as people_verified,
    cast(coalesce(h.people_not_known, 0) as bigint) as people_not_known
  from sizes z
  join categories c on c.organization_id = z.organization_id
  left join held h
    on h.organization_id = z.organization_id and h.dimension = z.dimension
    and h.dimension_value = z.dimension_value and h.skill_category = c.skill_category
)
select
  organization_id,
  dimension,
  dimension_value,
  skill_category,
  cast(skills as bigint) as skills,
  employees,
  connected,
  known,
  people,
  people_verified,
  people_not_known,
  cast(people as {{ workforce_source.type_double() }}) / nullif(known, 0) as coverage,
  cast(people + people_not_known as {{ workforce_source.type_double() }}) / employees as coverage_low,
  cast(people + employees - known as {{ workforce_source.type_double() }}) / employees as coverage_high,
  {{ workforce_source.as_of() }} as as_of
from cells
