{# Made by `python -m workforce_source.dbt_package package FOLDER`: do not edit. #}
-- grain: one requirement of one employee to whom it applies
with lines as (
  select o.organization_id, r.requirement, r.dimension, r.dimension_value, r.required_kind,
    r.required_key, r.required_name, r.required_issuer, r.fixed_date, r.due_days, r.grace_days,
    -- a requirement of one organization stands before one meant for all
    row_number() over (
      partition by o.organization_id, r.requirement, r.dimension, r.dimension_value
      order by case when r.organization_id is null then 1 else 0 end
    ) as place
  from (select distinct organization_id from {{ ref('workforce_source', 'workforce__dim_employee') }}) o
  join {{ ref('workforce_source', 'stg_workforce__requirement') }} r on coalesce(r.organization_id, o.organization_id) = o.organization_id
),
applied as (
  select l.organization_id, l.requirement, g.employee_id, l.dimension, l.dimension_value,
    l.required_kind, l.required_key, l.required_name, l.grace_days,
    -- whoever joined after a fixed day has the days from joining
    case when l.fixed_date >= d.date_day then l.fixed_date
      else coalesce(d.date_day, l.fixed_date) end as first_due_date
  from lines l
  join {{ ref('workforce_source', 'workforce__bridge_employee_group') }} g
    on g.organization_id = l.organization_id and g.dimension = l.dimension
    and g.dimension_value = l.dimension_value
  join {{ ref('workforce_source', 'workforce__dim_employee') }} e
    on e.organization_id = g.organization_id and e.employee_id = g.employee_id
  left join {{ ref('workforce_source', 'workforce__dim_date') }} d
    on d.days_from_as_of = l.due_days
      + {{ workforce_source.days_between(workforce_source.as_of(), workforce_source.utc_date("e.created_at")) }}
  where l.place = 1
),
ranked as (
  -- who is in several of its groups has the earliest day
  select a.*, row_number() over (
    partition by a.organization_id, a.requirement, a.employee_id
    order by coalesce(a.first_due_date, cast('9999-12-31' as date)), a.grace_days, a.dimension,
      a.dimension_value
  ) as place
  from applied a
),
asked as (
  select distinct organization_id, requirement, required_kind, required_key, required_issuer
  from lines
),
proofs as (
  select a.organization_id, a.requirement, b.employee_id, b.is_active, b.is_verified,
    b.issued_date, b.expires_date
  from asked a
  join {{ ref('workforce_source', 'workforce__fct_badge') }} b
    on b.organization_id = a.organization_id and b.template_id = a.required_key
  where a.required_kind = 'template' and b.is_accepted = 1
  union all
  select a.organization_id, a.requirement, b.employee_id, b.is_active, b.is_verified,
    b.issued_date, b.expires_date
  from asked a
  join {{ ref('workforce_source', 'workforce__fct_badge') }} b
    on b.organization_id = a.organization_id and b.badge_name = a.required_key
  where a.required_kind = 'badge' and b.is_accepted = 1
    and (a.required_issuer is null or b.issuer_name = a.required_issuer)
  union all
  select a.organization_id, a.requirement, b.employee_id, b.is_active, b.is_verified,
    b.issued_date, b.expires_date
  from asked a
  join {{ ref('workforce_source', 'workforce__bridge_badge_skill') }} s
    on s.organization_id = a.organization_id and s.skill_key = a.required_key
  join {{ ref('workforce_source', 'workforce__fct_badge') }} b
    on b.organization_id = s.organization_id and b.employee_id = s.employee_id
    and b.badge_source = s.badge_source and b.badge_id = s.badge_id
  where a.required_kind = 'skill' and b.is_accepted = 1
),
held as (
  select organization_id, requirement, employee_id,
    max(is_active) as is_met,
    max(case when is_active = 1 then is_verified else 0 end) as is_met_verified,
    max(case when is_active = 1 and expires_date is null then 1 else 0 end) as is_lasting,
    max(case when is_active = 1 then expires_date end) as latest_end,
    -- what ended before it was issued never counted
    max(case when expires_date < {{ workforce_source.as_of() }}
        and (issued_date is null or issued_date <= expires_date)
      then expires_date end) as last_end
  from proofs
  group by organization_id, requirement, employee_id
),
judged as (
  select r.organization_id, r.requirement, r.employee_id, r.dimension, r.dimension_value,
    r.required_kind, r.required_key, r.required_name, r.grace_days, r.first_due_date,
    coalesce(h.is_met, 0) as is_met,
    coalesce(h.is_met_verified, 0) as is_met_verified,
    case when h.is_met = 1 or h.last_end is not null then 1 else 0 end as was_met,
    case when h.is_met = 1 and h.is_lasting = 0 then h.latest_end end as met_until,
    case when h.is_met = 0 then h.last_end when h.is_lasting = 0 then h.latest_end end as ends_date
  from ranked r
  left join held h
    on h.organization_id = r.organization_id and h.requirement = r.requirement
    and h.employee_id = r.employee_id
  where r.place = 1
),
due as (
  -- what met it so far may end later than it was first due
  select j.*, case when j.ends_date > j.first_due_date then j.ends_date
    else coalesce(j.first_due_date, j.ends_date) end as due_date
  from judged j
)
select
  u.organization_id,
  u.requirement,
  u.employee_id,
  e.is_known,
  u.dimension,
  u.dimension_value,
  u.required_kind,
  coalesce(s.skill_name, t.badge_name, u.required_name) as required_name,
  u.is_met,
  u.is_met_verified,
  u.was_met,
  u.met_until,
  u.due_date,
  g.date_day as grace_end_date,
  case when u.is_met = 1 and {{ workforce_source.days_between(workforce_source.as_of(), "u.met_until") }} <= 90
      then 'lapsing'
    when u.is_met = 1 then 'met'
    when e.is_known = 0 then 'unknown'
    when u.due_date is null or u.due_date >= {{ workforce_source.as_of() }} then 'due'
    when {{ workforce_source.days_between("u.due_date", workforce_source.as_of()) }} <= u.grace_days then 'in grace'
    else 'overdue' end as compliance_status,
  {{ workforce_source.as_of() }} as as_of
from due u
join {{ ref('workforce_source', 'workforce__dim_employee') }} e
  on e.organization_id = u.organization_id and e.employee_id = u.employee_id
left join {{ ref('workforce_source', 'workforce__dim_date') }} g
  on g.days_from_as_of = u.grace_days + {{ workforce_source.days_between(workforce_source.as_of(), "u.due_date") }}
left join {{ ref('workforce_source', 'workforce__dim_skill') }} s
  on s.organization_id = u.organization_id and s.skill_key = u.required_key
  and u.required_kind = 'skill'
left join {{ ref('workforce_source', 'workforce__dim_badge_template') }} t
  on t.organization_id = u.organization_id and t.template_id = u.required_key
  and u.required_kind = 'template'
