{# Made by `python -m workforce_source.dbt_package package FOLDER`: do not edit. #}
-- grain: one employee of an organization, as of the last load
select
  e.organization_id,
  e.id as employee_id,
  e.external_id,
  e.full_name,
  e.email,
  e.zip_code,
  e.manager_external_id,
  e.employee_state,
  case when e.employee_state = 'accepted' then 1 else 0 end as is_connected,
  case when e.employee_state = 'accepted' and r.badges_read_at is not null then 1 else 0 end
    as is_known,
  case when e.employee_state <> 'created' or e.last_invitation_sent_at is not null then 1 else 0 end
    as is_invited,
  coalesce(nullif({{ workforce_source.trimmed("e.department") }}, ''), '(unknown)') as department,
  coalesce(nullif({{ workforce_source.trimmed("e.team") }}, ''), '(unknown)') as team,
  coalesce(nullif({{ workforce_source.trimmed("e.job_family") }}, ''), '(unknown)') as job_family,
  coalesce(nullif({{ workforce_source.trimmed("e.position_title") }}, ''), '(unknown)') as position_title,
  coalesce(nullif({{ workforce_source.trimmed("e.organization_level_1") }}, ''), '(unknown)') as organization_level_1,
  coalesce(nullif({{ workforce_source.trimmed("e.organization_level_2") }}, ''), '(unknown)') as organization_level_2,
  coalesce(nullif({{ workforce_source.trimmed("e.organization_level_3") }}, ''), '(unknown)') as organization_level_3,
  coalesce(nullif({{ workforce_source.trimmed("e.country") }}, ''), '(unknown)') as country,
  coalesce(nullif({{ workforce_source.trimmed("e.location") }}, ''), '(unknown)') as location,
  e.created_at,
  e.employee_state_updated_at,
  e.last_invitation_sent_at,
  r.badges_read_at,
  {{ workforce_source.as_of() }} as as_of
from {{ ref('workforce_source', 'stg_workforce__employees') }} e
left join {{ ref('workforce_source', 'stg_workforce__badge_reads') }} r
  on r.organization_id = e.organization_id and r.employee_id = e.id
