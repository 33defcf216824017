{# Made by `python -m workforce_source.dbt_package package FOLDER`: do not edit. #}
-- grain: one active badge that ends within a year and of which the employee has no later copy
with ending as (
  select b.*, {{ workforce_source.days_between(workforce_source.as_of(), "b.expires_date") }} as days_left
  from {{ ref('workforce_source', 'workforce__fct_badge') }} b
  where b.is_active = 1 and b.template_rank = 1
    and {{ workforce_source.days_between(workforce_source.as_of(), "b.expires_date") }} between 0 and 365
),
taught as (
  select b.organization_id, b.employee_id, b.badge_source, b.badge_id, s.skill_key, e.is_known,
    s.is_last_evidence
  from ending b
  join {{ ref('workforce_source', 'workforce__bridge_badge_skill') }} s
    on s.organization_id = b.organization_id and s.employee_id = b.employee_id
    and s.badge_source = b.badge_source and s.badge_id = b.badge_id
  join {{ ref('workforce_source', 'workforce__dim_employee') }} e
    on e.organization_id = b.organization_id and e.employee_id = b.employee_id
),
skills as (
  select organization_id, employee_id, badge_source, badge_id,
    count(*) as skills, sum(is_last_evidence) as skills_lost
  from taught
  group by organization_id, employee_id, badge_source, badge_id
),
targets as (
  -- a target counts the known only, so only a known employee can leave it short
  select t.organization_id, t.employee_id, t.badge_source, t.badge_id,
    count(*) as targets_missed,
    max(case when g.dimension = 'team' then 1 else 0 end) as team_missed
  from taught t
  join {{ ref('workforce_source', 'workforce__bridge_employee_group') }} e
    on e.organization_id = t.organization_id and e.employee_id = t.employee_id
  join {{ ref('workforce_source', 'workforce__mart_skill_gap') }} g
    on g.organization_id = e.organization_id and g.dimension = e.dimension
    and g.dimension_value = e.dimension_value and g.skill_key = t.skill_key
  where t.is_last_evidence = 1 and t.is_known = 1 and g.people - 1 < g.people_needed
  group by t.organization_id, t.employee_id, t.badge_source, t.badge_id
)
select
  b.organization_id,
  b.employee_id,
  b.badge_source,
  b.badge_id,
  b.badge_name,
  b.issuer_name,
  d.department,
  d.team,
  b.expires_date,
  cast(b.days_left as bigint) as days_left,
  cast(coalesce(s.skills, 0) as bigint) as skills,
  cast(coalesce(s.skills_lost, 0) as bigint) as skills_lost_if_not_renewed,
  cast(coalesce(t.targets_missed, 0) as bigint) as targets_missed_if_not_renewed,
  coalesce(t.team_missed, 0) as leaves_team_below_target,
  {{ workforce_source.as_of() }} as as_of
from ending b
join {{ ref('workforce_source', 'workforce__dim_employee') }} d
  on d.organization_id = b.organization_id and d.employee_id = b.employee_id
left join skills s
  on s.organization_id = b.organization_id and s.employee_id = b.employee_id
  and s.badge_source = b.badge_source and s.badge_id = b.badge_id
left join targets t
  on t.organization_id = b.organization_id and t.employee_id = b.employee_id
  and t.badge_source = b.badge_source and t.badge_id = b.badge_id
