{# Made by `python -m workforce_source.dbt_package package FOLDER`: do not edit. #}
-- grain: one skill that accepted badges say an employee has or had
with evidence as (
  select b.organization_id, b.employee_id, s.skill_key, b.badge_source, b.template_key,
    b.is_active, b.is_verified, b.issued_date, b.expires_date,
    case when b.is_active = 1 then b.template_key end as active_template_key,
    case when b.is_active = 1 and b.expires_date is null then 1 else 0 end as is_lasting
  from {{ ref('workforce_source', 'workforce__fct_badge') }} b
  join {{ ref('workforce_source', 'workforce__bridge_badge_skill') }} s
    on s.organization_id = b.organization_id and s.employee_id = b.employee_id
    and s.badge_source = b.badge_source and s.badge_id = b.badge_id
  where b.is_accepted = 1
),
merged as (
  select
    organization_id,
    employee_id,
    skill_key,
    count(distinct template_key) as evidence_count,
    count(distinct active_template_key) as active_evidence_count,
    max(is_active) as has_skill,
    max(case when is_active = 1 then is_verified else 0 end) as has_verified_skill,
    max(case when is_active = 1 and badge_source = 'credly' then 1 else 0 end) as from_credly,
    max(case when is_active = 1 and badge_source = 'external' then 1 else 0 end) as from_external,
    min(issued_date) as first_earned_date,
    max(issued_date) as last_earned_date,
    max(is_lasting) as is_lasting,
    max(case when is_active = 1 then expires_date end) as latest_expiry
  from evidence
  group by organization_id, employee_id, skill_key
)
select
  m.organization_id,
  m.employee_id,
  m.skill_key,
  e.is_known,
  cast(m.evidence_count as bigint) as evidence_count,
  cast(m.active_evidence_count as bigint) as active_evidence_count,
  m.has_skill,
  m.has_verified_skill,
  m.from_credly,
  m.from_external,
  m.first_earned_date,
  m.last_earned_date,
  case when m.is_lasting = 0 then m.latest_expiry end as valid_until,
  {{ workforce_source.as_of() }} as as_of
from merged m
join {{ ref('workforce_source', 'workforce__dim_employee') }} e
  on e.organization_id = m.organization_id and e.employee_id = m.employee_id
