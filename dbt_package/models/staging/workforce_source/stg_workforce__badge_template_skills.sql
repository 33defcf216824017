{# Made by `python -m workforce_source.dbt_package package FOLDER`: do not edit. #}
-- grain: one skill of one badge template
select
  organization_id,
  badge_template_id,
  skill_name,
  skill_key,
  extra,
  changed_at
from {{ workforce_source.as_observed('badge_template_skills') }} as kept
where removed_at is null
