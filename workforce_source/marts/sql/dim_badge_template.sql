-- grain: one badge template of an organization
with issuers as (
  select organization_id, template_id, issuer_name, max(is_own_issuer) as is_own_issuer,
    row_number() over (
      partition by organization_id, template_id order by count(*) desc, issuer_name
    ) as place
  from marts.fct_badge
  where template_id is not null and issuer_name is not null
  group by organization_id, template_id, issuer_name
),
skills as (
  select s.organization_id, s.badge_template_id,
    count(distinct coalesce(a.skill_key, s.skill_key)) as skills
  from raw.badge_template_skills s
  left join marts.skill_alias a on a.alias_key = s.skill_key
  where s.removed_at is null and s.skill_key <> ''
  group by s.organization_id, s.badge_template_id
)
select
  t.organization_id,
  t.id as template_id,
  nullif(trim(t.name), '') as badge_name,
  i.issuer_name,
  coalesce(i.is_own_issuer, 0) as is_own_issuer,
  cast(coalesce(s.skills, 0) as bigint) as skills,
  cast($as_of as date) as as_of
from raw.badge_templates t
left join issuers i
  on i.organization_id = t.organization_id and i.template_id = t.id and i.place = 1
left join skills s on s.organization_id = t.organization_id and s.badge_template_id = t.id
where t.removed_at is null
