{# Made by `python -m workforce_source.dbt_package package FOLDER`: do not edit. #}
-- grain: one skill of one external badge
select
  organization_id,
  employee_id,
  credly_record_id,
  skill_name,
  skill_key,
  extra,
  changed_at
from {{ workforce_source.as_observed('external_badge_skills') }} as kept
where removed_at is null
