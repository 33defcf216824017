{# Made by `python -m workforce_source.dbt_package package FOLDER`: do not edit. #}
-- grain: one skill in one group of employees on the day it was observed
select s.*
from (
  select
    c.as_of as snapshot_date,
    c.organization_id,
    c.dimension,
    c.dimension_value,
    c.skill_key,
    c.skill_name,
    c.employees,
    c.connected,
    c.known,
    c.people,
    c.people_verified,
    c.people_not_known,
    c.people_lapsing_90d,
    c.coverage,
    c.coverage_low,
    c.coverage_high,
    c.depth_band,
    'observed' as basis,
    c.as_of
  from {{ ref('mart_skill_coverage') }} c
) s
where {{ workforce_source.as_of_is_today() }}
