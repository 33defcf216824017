{# Made by `python -m workforce_source.dbt_package package FOLDER`: do not edit. #}
-- grain: one target of an organization: a skill wanted in a group
with organizations as (
  select distinct organization_id from {{ ref('workforce_source', 'workforce__dim_employee') }}
),
candidates as (
  select o.organization_id, t.dimension, t.dimension_value, t.skill_key, t.min_people,
    t.min_coverage,
    -- a target of one organization stands before one meant for all
    row_number() over (
      partition by o.organization_id, t.dimension, t.dimension_value, t.skill_key
      order by case when t.organization_id is null then 1 else 0 end
    ) as place
  from organizations o
  join {{ ref('workforce_source', 'stg_workforce__skill_target') }} t on coalesce(t.organization_id, o.organization_id) = o.organization_id
),
cells as (
  select t.organization_id, t.dimension, t.dimension_value, t.skill_key, d.skill_name,
    t.min_people, t.min_coverage,
    coalesce(c.employees, 0) as employees,
    coalesce(c.known, 0) as known,
    coalesce(c.people, 0) as people,
    coalesce(c.people_lapsing_90d, 0) as people_lapsing_90d,
    cast(ceil(coalesce(cast(t.min_coverage as decimal(9, 6)) * coalesce(c.known, 0), 0)) as bigint)
      as by_coverage
  from candidates t
  join {{ ref('workforce_source', 'workforce__dim_skill') }} d on d.organization_id = t.organization_id and d.skill_key = t.skill_key
  left join {{ ref('workforce_source', 'workforce__mart_skill_coverage') }} c
    on c.organization_id = t.organization_id and c.dimension = t.dimension
    and c.dimension_value = t.dimension_value and c.skill_key = t.skill_key
  where t.place = 1
),
needed as (
  select c.*,
    case when coalesce(c.min_people, 0) > c.by_coverage then c.min_people else c.by_coverage end
      as people_needed
  from cells c
)
select
  n.organization_id,
  n.dimension,
  n.dimension_value,
  n.skill_key,
  n.skill_name,
  cast(n.min_people as bigint) as min_people,
  cast(n.min_coverage as {{ workforce_source.type_double() }}) as min_coverage,
  cast(n.employees as bigint) as employees,
  cast(n.known as bigint) as known,
  cast(n.people as bigint) as people,
  cast(n.people_needed as bigint) as people_needed,
  cast(case when n.people < n.people_needed then n.people_needed - n.people else 0 end as bigint)
    as missing,
  cast(n.people_lapsing_90d as bigint) as people_lapsing_90d,
  -- unread is not unskilled: those nobody could read might make up for what is missing
  case when n.people + n.employees - n.known >= n.people_needed then 1 else 0 end as could_be_met,
  case when n.employees = 0 then 'no such group'
    when n.known = 0 then 'unknown'
    when n.people < n.people_needed then 'below'
    when n.people - n.people_lapsing_90d < n.people_needed then 'lapsing'
    else 'met' end as status,
  {{ workforce_source.as_of() }} as as_of
from needed n
