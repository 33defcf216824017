{# Made by `python -m workforce_source.dbt_package package FOLDER`: do not edit. #}
-- grain: one badge of one employee, from Credly or from elsewhere, in any state
with templates as (
  select organization_id, id, nullif({{ workforce_source.trimmed("name") }}, '') as badge_name
  from {{ ref('workforce_source', 'stg_workforce__badge_templates') }}
),
held as (
  select
    b.organization_id,
    b.employee_id,
    'credly' as badge_source,
    b.id as badge_id,
    b.badge_template_id as template_id,
    coalesce(b.badge_template_id, 'badge|' || b.id) as template_key,
    t.badge_name,
    nullif({{ workforce_source.trimmed("b.issuer_name") }}, '') as issuer_name,
    coalesce({{ workforce_source.utc_date("b.issued_at") }}, b.issued_at_date) as issued_date,
    coalesce({{ workforce_source.utc_date("b.expires_at") }}, b.expires_at_date) as expires_date,
    -- what came and is no date is kept in extra: that is not never
    case when b.expires_at is null and b.expires_at_date is null
        and replace(b.extra, '"expires_at', '') <> b.extra
      then 1 else 0 end as is_end_unreadable,
    coalesce(b.state, '(unknown)') as badge_state,
    case when b.public = true then 1 when b.public = false then 0 end as is_public,
    1 as is_verified
  from {{ ref('workforce_source', 'stg_workforce__employee_badges') }} b
  left join templates t
    on t.organization_id = b.organization_id and t.id = b.badge_template_id
  union all
  -- an external badge has neither a state nor a template: it is accepted, and what makes two of
  -- them the same is the issuer's name and the badge's
  select
    x.organization_id,
    x.employee_id,
    'external' as badge_source,
    x.credly_record_id as badge_id,
    cast(null as {{ dbt.type_string() }}) as template_id,
    'external|' || coalesce({{ workforce_source.trimmed("x.issuer_name") }}, '') || '|'
      || coalesce(nullif({{ workforce_source.trimmed("x.badge_name") }}, ''), x.credly_record_id) as template_key,
    nullif({{ workforce_source.trimmed("x.badge_name") }}, '') as badge_name,
    nullif({{ workforce_source.trimmed("x.issuer_name") }}, '') as issuer_name,
    coalesce({{ workforce_source.utc_date("x.issued_at") }}, x.issued_at_date) as issued_date,
    coalesce({{ workforce_source.utc_date("x.expires_at") }}, x.expires_at_date) as expires_date,
    case when x.expires_at is null and x.expires_at_date is null
        and replace(x.extra, '"expires_at', '') <> x.extra
      then 1 else 0 end as is_end_unreadable,
    'accepted' as badge_state,
    cast(null as integer) as is_public,
    case when x.verified = true then 1 else 0 end as is_verified
  from {{ ref('workforce_source', 'stg_workforce__external_badges') }} x
),
judged as (
  select
    h.*,
    case when h.badge_state = 'accepted' then 1 else 0 end as is_accepted,
    case when h.badge_state = 'accepted'
        and h.is_end_unreadable = 0
        and (h.expires_date is null or h.expires_date >= {{ workforce_source.as_of() }})
        and (h.issued_date is null or h.issued_date <= {{ workforce_source.as_of() }})
      then 1 else 0 end as is_active,
    case when h.expires_date < {{ workforce_source.as_of() }} then 1 else 0 end as is_expired,
    coalesce(h.expires_date, cast('9999-12-31' as date)) as lasts_until,
    coalesce(h.issued_date, cast('1900-01-01' as date)) as earned_on
  from held h
)
select
  j.organization_id,
  j.employee_id,
  j.badge_source,
  j.badge_id,
  j.template_id,
  j.template_key,
  j.badge_name,
  j.issuer_name,
  case when o.issuer_name is not null then 1 else 0 end as is_own_issuer,
  j.issued_date,
  j.expires_date,
  j.badge_state,
  j.is_public,
  j.is_verified,
  j.is_accepted,
  j.is_active,
  j.is_expired,
  cast(row_number() over (
    partition by j.organization_id, j.employee_id, j.badge_source, j.template_key
    order by j.is_active desc, j.is_accepted desc, j.lasts_until desc, j.earned_on desc, j.badge_id
  ) as bigint) as template_rank,
  {{ workforce_source.as_of() }} as as_of
from judged j
join {{ ref('workforce_source', 'workforce__dim_employee') }} e
  on e.organization_id = j.organization_id and e.employee_id = j.employee_id
left join {{ ref('workforce_source', 'stg_workforce__own_issuer') }} o on o.issuer_name = j.issuer_name
