{# Made by `python -m workforce_source.dbt_package package FOLDER`: do not edit. #}
-- grain: the employees of one department who were created in one month
with people as (
  select e.organization_id, d.month_start_date, e.department, e.employee_state, e.is_invited,
    case when e.employee_state = 'accepted'
      then {{ workforce_source.days_between(workforce_source.utc_date("e.created_at"), workforce_source.utc_date("e.employee_state_updated_at")) }} end as days_to_accept
  from {{ ref('workforce_source', 'workforce__dim_employee') }} e
  left join {{ ref('workforce_source', 'workforce__dim_date') }} d on d.date_day = {{ workforce_source.utc_date("e.created_at") }}
),
ordered as (
  select organization_id, month_start_date, department, days_to_accept,
    row_number() over (
      partition by organization_id, month_start_date, department order by days_to_accept
    ) as place,
    count(*) over (partition by organization_id, month_start_date, department) as places
  from people
  where days_to_accept is not null
),
medians as (
  -- the middle one, or the mean of the two in the middle: few warehouses agree on a median
  select organization_id, month_start_date, department,
    avg(cast(days_to_accept as {{ workforce_source.type_double() }})) as median_days_to_accept
  from ordered
  where place * 2 between places and places + 2
  group by organization_id, month_start_date, department
),
counted as (
  select organization_id, month_start_date, department,
    cast(count(*) as bigint) as created,
    cast(sum(is_invited) as bigint) as invited,
    cast(sum(case when employee_state = 'pending' then 1 else 0 end) as bigint) as pending,
    cast(sum(case when employee_state = 'accepted' then 1 else 0 end) as bigint) as accepted,
    cast(sum(case when employee_state = 'rejected' then 1 else 0 end) as bigint) as rejected
  from people
  group by organization_id, month_start_date, department
)
select
  c.organization_id,
  c.month_start_date,
  c.department,
  c.created,
  c.invited,
  c.pending,
  c.accepted,
  c.rejected,
  cast(c.accepted as {{ workforce_source.type_double() }}) / nullif(c.invited, 0) as accept_rate,
  cast(c.accepted + c.rejected as {{ workforce_source.type_double() }}) / nullif(c.invited, 0) as answer_rate,
  m.median_days_to_accept,
  {{ workforce_source.as_of() }} as as_of
from counted c
left join medians m
  on m.organization_id = c.organization_id and m.month_start_date = c.month_start_date
  and m.department = c.department
