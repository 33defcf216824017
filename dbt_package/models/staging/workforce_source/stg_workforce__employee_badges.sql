{# Made by `python -m workforce_source.dbt_package package FOLDER`: do not edit. #}
-- grain: one badge of one employee
select
  organization_id,
  employee_id,
  id,
  badge_template_id,
  issuer_name,
  issuer_image_url,
  issued_to,
  issued_to_first_name,
  issued_to_middle_name,
  issued_to_last_name,
  issued_at,
  issued_at_date,
  expires_at,
  expires_at_date,
  state,
  public,
  extra,
  changed_at
from {{ workforce_source.as_observed('employee_badges') }} as kept
where removed_at is null
