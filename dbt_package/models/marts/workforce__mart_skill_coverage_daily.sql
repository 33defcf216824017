{# Made by `python -m workforce_source.dbt_package package FOLDER`: do not edit. #}
{{ config(**workforce_source.one_day_after_the_other('snapshot_date')) }}
-- grain: one skill in the organization, in a department that has it or in a target's group, on the day it was observed
select s.*
from (
  -- What people compare over time: every group of every dimension would be a hundred megabytes a day of
  -- a large organization, nearly all of it zeros.
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
  from {{ ref('workforce_source', 'workforce__mart_skill_coverage') }} c
  left join {{ ref('workforce_source', 'workforce__mart_skill_gap') }} g
    on g.organization_id = c.organization_id and g.dimension = c.dimension
    and g.dimension_value = c.dimension_value and g.skill_key = c.skill_key
  where c.dimension = 'all'
    or (c.dimension = 'department' and c.people + c.people_not_known > 0)
    or g.skill_key is not null
) s
where {{ workforce_source.as_of_is_today() }}
