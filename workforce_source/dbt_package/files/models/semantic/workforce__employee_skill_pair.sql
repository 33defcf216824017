-- grain: one employee and one skill of the organization, whether the employee has it or not
-- So that whoever is counted, and of how many, is the same whatever is grouped by.
select
  e.organization_id || '|' || e.employee_id as employee_key,
  -- an organization without skills has employees all the same
  s.organization_id || '|' || s.skill_key as organization_skill_key,
  e.is_connected,
  e.is_known,
  coalesce(h.has_skill, 0) as has_skill,
  coalesce(h.has_verified_skill, 0) as has_verified_skill,
  case when h.has_skill = 1
      and {{ workforce_source.days_between(workforce_source.as_of(), "h.valid_until") }} <= 90
    then 1 else 0 end as is_lapsing_90d,
  e.as_of
from {{ ref('workforce_source', 'workforce__dim_employee') }} e
left join {{ ref('workforce_source', 'workforce__dim_skill') }} s
  on s.organization_id = e.organization_id
left join {{ ref('workforce_source', 'workforce__fct_employee_skill') }} h
  on h.organization_id = e.organization_id and h.employee_id = e.employee_id
  and h.skill_key = s.skill_key
