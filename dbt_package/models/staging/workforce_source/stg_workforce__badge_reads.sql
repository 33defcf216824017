{# Made by `python -m workforce_source.dbt_package package FOLDER`: do not edit. #}
-- grain: one employee whose state is accepted, and the reads of their badges
select
  organization_id,
  employee_id,
  badges_read_at,
  attempted_at,
  read_status,
  baseline,
  http_status,
  state_stamp,
  load_id
from {{ workforce_source.as_observed('badge_reads') }} as kept
where removed_at is null
