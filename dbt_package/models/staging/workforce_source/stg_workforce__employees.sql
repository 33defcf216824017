{# Made by `python -m workforce_source.dbt_package package FOLDER`: do not edit. #}
-- grain: one employee
select
  organization_id,
  id,
  email,
  created_at,
  employee_state,
  employee_state_updated_at,
  last_invitation_sent_at,
  first_name,
  last_name,
  full_name,
  photo_url,
  team,
  external_id,
  position_title,
  manager_first_name,
  manager_last_name,
  manager_external_id,
  location,
  country,
  zip_code,
  state_or_province,
  department,
  organization_level_1,
  organization_level_2,
  organization_level_3,
  job_family,
  extra,
  changed_at
from {{ workforce_source.as_observed('employees') }} as kept
where removed_at is null
