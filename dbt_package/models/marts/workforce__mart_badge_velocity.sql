{# Made by `python -m workforce_source.dbt_package package FOLDER`: do not edit. #}
-- grain: the badges of one source that one department earned or saw lapse in one month
with badges as (
  select b.organization_id, e.department, b.badge_source, b.employee_id, b.template_key,
    b.issued_date, b.expires_date
  from {{ ref('workforce_source', 'workforce__fct_badge') }} b
  join {{ ref('workforce_source', 'workforce__dim_employee') }} e
    on e.organization_id = b.organization_id and e.employee_id = b.employee_id
  -- without a date of issue there is no month to count it in
  where b.is_accepted = 1 and b.issued_date <= {{ workforce_source.as_of() }}
),
earned as (
  select distinct b.organization_id, d.month_start_date, b.department, b.badge_source,
    b.employee_id, b.template_key
  from badges b
  join {{ ref('workforce_source', 'workforce__dim_date') }} d on d.date_day = b.issued_date
),
lapsed as (
  select distinct b.organization_id, d.month_start_date, b.department, b.badge_source,
    b.employee_id, b.template_key
  from badges b
  join {{ ref('workforce_source', 'workforce__dim_date') }} d on d.date_day = b.expires_date
  where b.expires_date < {{ workforce_source.as_of() }}
),
moved as (
  select organization_id, month_start_date, department, badge_source,
    count(*) as badges_earned, count(distinct employee_id) as earners, 0 as badges_lapsed
  from earned
  group by organization_id, month_start_date, department, badge_source
  union all
  select organization_id, month_start_date, department, badge_source,
    0 as badges_earned, 0 as earners, count(*) as badges_lapsed
  from lapsed
  group by organization_id, month_start_date, department, badge_source
)
select
  organization_id,
  month_start_date,
  department,
  badge_source,
  cast(sum(badges_earned) as bigint) as badges_earned,
  cast(sum(earners) as bigint) as earners,
  cast(sum(badges_lapsed) as bigint) as badges_lapsed,
  cast(sum(badges_earned) - sum(badges_lapsed) as bigint) as net,
  {{ workforce_source.as_of() }} as as_of
from moved
group by organization_id, month_start_date, department, badge_source
