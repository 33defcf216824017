-- grain: one skill of one badge of one employee, spellings and aliases merged
with named as (
  select b.organization_id, b.employee_id, b.badge_source, b.badge_id, s.skill_key
  from marts.fct_badge b
  join raw.badge_template_skills s
    on s.organization_id = b.organization_id and s.badge_template_id = b.template_id
    and s.removed_at is null
  union all
  select b.organization_id, b.employee_id, b.badge_source, b.badge_id, s.skill_key
  from marts.fct_badge b
  join raw.external_badge_skills s
    on s.organization_id = b.organization_id and s.employee_id = b.employee_id
    and s.credly_record_id = b.badge_id and s.removed_at is null
  where b.badge_source = 'external'
),
merged as (
  select distinct n.organization_id, n.employee_id, n.badge_source, n.badge_id,
    coalesce(a.skill_key, n.skill_key) as skill_key
  from named n
  left join marts.skill_alias a on a.alias_key = n.skill_key
  where n.skill_key <> ''
)
select
  m.organization_id,
  m.employee_id,
  m.badge_source,
  m.badge_id,
  m.skill_key,
  -- of several badges that prove one skill, one takes it along: the active one that lasts longest, and
  -- of copies that end together the one that is spoken of
  case when b.is_active = 1 and row_number() over (
      partition by m.organization_id, m.employee_id, m.skill_key
      order by b.is_active desc, coalesce(b.expires_date, cast('9999-12-31' as date)) desc,
        b.template_rank, m.badge_source, m.badge_id
    ) = 1 then 1 else 0 end as is_last_evidence,
  cast($as_of as date) as as_of
from merged m
join marts.fct_badge b
  on b.organization_id = m.organization_id and b.employee_id = m.employee_id
  and b.badge_source = m.badge_source and b.badge_id = m.badge_id
