{# Made by `python -m workforce_source.dbt_package package FOLDER`: do not edit. #}
-- grain: one badge of an employee that has ended, on its last valid day; copies that end that day are one
with ended as (
  select organization_id, employee_id, badge_source, template_key, expires_date as ended_date,
    max(badge_name) as badge_name, max(issuer_name) as issuer_name, max(is_accepted) as is_accepted
  from {{ ref('workforce_source', 'workforce__fct_badge') }}
  where expires_date < {{ workforce_source.as_of() }} and badge_state in ('accepted', 'revoked')
    -- what ended before it was issued never counted
    and (issued_date is null or issued_date <= expires_date)
  group by organization_id, employee_id, badge_source, template_key, expires_date
),
followed as (
  -- a copy that lasts longer; one without a day of issue was there already
  select e.organization_id, e.employee_id, e.badge_source, e.template_key, e.ended_date,
    min(coalesce(b.issued_date, cast('1900-01-01' as date))) as first_issued_date
  from ended e
  join {{ ref('workforce_source', 'workforce__fct_badge') }} b
    on b.organization_id = e.organization_id and b.employee_id = e.employee_id
    and b.badge_source = e.badge_source and b.template_key = e.template_key
  where b.is_accepted = 1 and (b.is_active = 1 or b.is_expired = 1)
    and (b.expires_date is null or b.expires_date > e.ended_date)
    and (b.issued_date is null or b.expires_date is null or b.issued_date <= b.expires_date)
  group by e.organization_id, e.employee_id, e.badge_source, e.template_key, e.ended_date
),
removed as (
  -- there where `deletions` is soft; keys and dates as in fct_badge, which has no removed rows
  select
    b.organization_id,
    b.employee_id,
    'credly' as badge_source,
    coalesce(b.badge_template_id, 'badge|' || b.id) as template_key,
    coalesce({{ workforce_source.utc_date("b.expires_at") }}, b.expires_at_date) as ended_date,
    t.badge_name,
    nullif({{ workforce_source.trimmed("b.issuer_name") }}, '') as issuer_name
  from {{ workforce_source.as_observed('employee_badges') }} b
  left join {{ ref('workforce_source', 'workforce__dim_badge_template') }} t
    on t.organization_id = b.organization_id and t.template_id = b.badge_template_id
  where b.removed_at is not null and b.state = 'accepted'
  union all
  select
    x.organization_id,
    x.employee_id,
    'external' as badge_source,
    'external|' || coalesce({{ workforce_source.trimmed("x.issuer_name") }}, '') || '|'
      || coalesce(nullif({{ workforce_source.trimmed("x.badge_name") }}, ''), x.credly_record_id) as template_key,
    coalesce({{ workforce_source.utc_date("x.expires_at") }}, x.expires_at_date) as ended_date,
    nullif({{ workforce_source.trimmed("x.badge_name") }}, '') as badge_name,
    nullif({{ workforce_source.trimmed("x.issuer_name") }}, '') as issuer_name
  from {{ workforce_source.as_observed('external_badges') }} x
  where x.removed_at is not null
),
deleted as (
  -- what is there again under another id was not taken away
  select r.organization_id, r.employee_id, r.badge_source, r.template_key, r.ended_date,
    max(r.badge_name) as badge_name, max(r.issuer_name) as issuer_name
  from removed r
  left join {{ ref('workforce_source', 'workforce__fct_badge') }} b
    on b.organization_id = r.organization_id and b.employee_id = r.employee_id
    and b.badge_source = r.badge_source and b.template_key = r.template_key
    and b.expires_date = r.ended_date
  where r.ended_date < {{ workforce_source.as_of() }} and b.badge_id is null
  group by r.organization_id, r.employee_id, r.badge_source, r.template_key, r.ended_date
),
told as (
  select e.organization_id, e.employee_id, e.badge_source, e.template_key, e.ended_date,
    e.badge_name, e.issuer_name, f.first_issued_date,
    case when e.is_accepted = 0 then 'revoked'
      when f.first_issued_date <= e.ended_date then 'renewed'
      when {{ workforce_source.days_between("e.ended_date", "f.first_issued_date") }} <= 90 then 'renewed late'
      when f.first_issued_date is not null then 'returned'
      when {{ workforce_source.days_between("e.ended_date", workforce_source.as_of()) }} <= 90 then 'open'
      else 'lapsed' end as outcome
  from ended e
  left join followed f
    on f.organization_id = e.organization_id and f.employee_id = e.employee_id
    and f.badge_source = e.badge_source and f.template_key = e.template_key
    and f.ended_date = e.ended_date and e.is_accepted = 1
  union all
  select organization_id, employee_id, badge_source, template_key, ended_date, badge_name,
    issuer_name, cast(null as date) as first_issued_date, 'deleted' as outcome
  from deleted
),
dated as (
  select t.*,
    case when t.first_issued_date > cast('1900-01-01' as date) then t.first_issued_date end
      as renewed_date
  from told t
)
select
  t.organization_id,
  t.employee_id,
  t.badge_source,
  t.template_key,
  t.ended_date,
  d.month_start_date,
  t.badge_name,
  t.issuer_name,
  e.department,
  t.outcome,
  t.renewed_date,
  cast({{ workforce_source.days_between("t.ended_date", "t.renewed_date") }} as bigint) as days_to_renewal,
  case when {{ workforce_source.days_between("t.ended_date", workforce_source.as_of()) }} > 90 then 1 else 0 end
    as is_window_closed,
  {{ workforce_source.as_of() }} as as_of
from dated t
join {{ ref('workforce_source', 'workforce__dim_employee') }} e
  on e.organization_id = t.organization_id and e.employee_id = t.employee_id
left join {{ ref('workforce_source', 'workforce__dim_date') }} d on d.date_day = t.ended_date
