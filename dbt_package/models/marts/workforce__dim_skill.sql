{# Made by `python -m workforce_source.dbt_package package FOLDER`: do not edit. #}
-- grain: one skill of an organization, spellings and aliases merged
with held as (
  select organization_id, template_id, count(*) as badges
  from {{ ref('workforce_source', 'workforce__fct_badge') }}
  where template_id is not null
  group by organization_id, template_id
),
spelled as (
  select s.organization_id, s.skill_key, s.skill_name, coalesce(h.badges, 0) as badges,
    1 as in_credly, 0 as in_external
  from {{ ref('workforce_source', 'stg_workforce__badge_template_skills') }} s
  left join held h
    on h.organization_id = s.organization_id and h.template_id = s.badge_template_id
  where s.skill_key <> ''
  union all
  select s.organization_id, s.skill_key, s.skill_name, 1 as badges,
    0 as in_credly, 1 as in_external
  from {{ ref('workforce_source', 'stg_workforce__external_badge_skills') }} s
  join {{ ref('workforce_source', 'workforce__fct_badge') }} b
    on b.organization_id = s.organization_id and b.employee_id = s.employee_id
    and b.badge_id = s.credly_record_id and b.badge_source = 'external'
  where s.skill_key <> ''
),
spellings as (
  select s.organization_id, coalesce(a.skill_key, s.skill_key) as skill_key, s.skill_name,
    sum(s.badges) as badges, max(s.in_credly) as in_credly, max(s.in_external) as in_external
  from spelled s
  left join {{ ref('workforce_source', 'stg_workforce__skill_alias') }} a on a.alias_key = s.skill_key
  group by s.organization_id, coalesce(a.skill_key, s.skill_key), s.skill_name
),
ranked as (
  select s.*, row_number() over (
    partition by s.organization_id, s.skill_key order by s.badges desc, s.skill_name
  ) as place
  from spellings s
),
found as (
  select organization_id, skill_key,
    max(case when place = 1 then skill_name end) as skill_name, count(*) as spellings,
    max(in_credly) as in_credly, max(in_external) as in_external
  from ranked
  group by organization_id, skill_key
),
wanted as (
  select o.organization_id, t.skill_key, min(t.skill_name) as skill_name
  from (select distinct organization_id from {{ ref('workforce_source', 'workforce__dim_employee') }}) o
  join {{ ref('workforce_source', 'stg_workforce__skill_target') }} t on coalesce(t.organization_id, o.organization_id) = o.organization_id
  group by o.organization_id, t.skill_key
),
preferred as (
  select skill_key, min(skill_name) as skill_name from {{ ref('workforce_source', 'stg_workforce__skill_alias') }} group by skill_key
),
skills as (
  select organization_id, skill_key from found
  union
  select organization_id, skill_key from wanted
)
select
  s.organization_id,
  s.skill_key,
  coalesce(p.skill_name, f.skill_name, w.skill_name) as skill_name,
  coalesce(c.skill_category, '(none)') as skill_category,
  cast(coalesce(f.spellings, 0) as bigint) as spellings,
  coalesce(f.in_credly, 0) as in_credly,
  coalesce(f.in_external, 0) as in_external,
  case when w.skill_key is not null then 1 else 0 end as is_target,
  {{ workforce_source.as_of() }} as as_of
from skills s
left join found f on f.organization_id = s.organization_id and f.skill_key = s.skill_key
left join wanted w on w.organization_id = s.organization_id and w.skill_key = s.skill_key
left join preferred p on p.skill_key = s.skill_key
left join {{ ref('workforce_source', 'stg_workforce__skill_category') }} c on c.skill_key = s.skill_key
