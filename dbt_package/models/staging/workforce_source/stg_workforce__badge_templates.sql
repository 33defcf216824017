{# Made by `python -m workforce_source.dbt_package package FOLDER`: do not edit. #}
-- grain: one badge template, as the newest answer that held it
select
  organization_id,
  id,
  name,
  description,
  image,
  image_url,
  skill_count,
  extra,
  changed_at
from {{ workforce_source.as_observed('badge_templates') }} as kept
where removed_at is null
