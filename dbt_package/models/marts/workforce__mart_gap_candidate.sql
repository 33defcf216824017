{# Made by `python -m workforce_source.dbt_package package FOLDER`: do not edit. #}
-- grain: one employee who is near to a target that is not met: up to ten for each
with near as (
  select g.organization_id, g.dimension, g.dimension_value, g.skill_key, g.status,
    e.employee_id, count(*) as adjacent_skills, sum(a.people_both) as weight,
    min(a.place) as best_place
  from {{ ref('workforce_source', 'workforce__mart_skill_gap') }} g
  join {{ ref('workforce_source', 'workforce__mart_adjacent_skill') }} a
    on a.organization_id = g.organization_id and a.skill_key = g.skill_key
  join {{ ref('workforce_source', 'workforce__bridge_employee_group') }} e
    on e.organization_id = g.organization_id and e.dimension = g.dimension
    and e.dimension_value = g.dimension_value
  join {{ ref('workforce_source', 'workforce__fct_employee_skill') }} s
    on s.organization_id = e.organization_id and s.employee_id = e.employee_id
    and s.skill_key = a.adjacent_skill_key
  left join {{ ref('workforce_source', 'workforce__fct_employee_skill') }} w
    on w.organization_id = e.organization_id and w.employee_id = e.employee_id
    and w.skill_key = g.skill_key
  -- of who is not known nobody can say that the skill is missing
  where g.status in ('below', 'lapsing') and e.is_known = 1 and s.has_skill = 1
    and coalesce(w.has_skill, 0) = 0
  group by g.organization_id, g.dimension, g.dimension_value, g.skill_key, g.status,
    e.employee_id
),
ranked as (
  select n.*, row_number() over (
    partition by n.organization_id, n.dimension, n.dimension_value, n.skill_key
    order by n.adjacent_skills desc, n.weight desc, n.best_place, n.employee_id
  ) as place
  from near n
)
select
  r.organization_id,
  r.dimension,
  r.dimension_value,
  r.skill_key,
  r.employee_id,
  s.skill_name,
  cast(r.place as bigint) as place,
  cast(r.adjacent_skills as bigint) as adjacent_skills,
  case when w.employee_id is not null then 1 else 0 end as had_skill,
  r.status,
  {{ workforce_source.as_of() }} as as_of
from ranked r
join {{ ref('workforce_source', 'workforce__dim_skill') }} s on s.organization_id = r.organization_id and s.skill_key = r.skill_key
left join {{ ref('workforce_source', 'workforce__fct_employee_skill') }} w
  on w.organization_id = r.organization_id and w.employee_id = r.employee_id
  and w.skill_key = r.skill_key
where r.place <= 10
