{# Made by `python -m workforce_source.dbt_package package FOLDER`: do not edit. #}
-- grain: one external badge of one employee
select
  organization_id,
  employee_id,
  credly_record_id,
  employee_external_id,
  type,
  badge_name,
  badge_description,
  credential_number,
  badge_criteria_id,
  badge_criteria_narrative,
  issuer_name,
  issued_at,
  issued_at_date,
  expires_at,
  expires_at_date,
  badge_url,
  badge_id,
  refreshed_at,
  verified,
  image_url,
  extra,
  changed_at
from {{ workforce_source.as_observed('external_badges') }} as kept
where removed_at is null
