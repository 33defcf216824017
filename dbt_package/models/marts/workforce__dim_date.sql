{# Made by `python -m workforce_source.dbt_package package FOLDER`: do not edit. #}
-- grain: one day, from 1990 to ten years after as_of
-- Days are put together from text: date arithmetic is spelled differently by every warehouse.
with ones as (
  select 0 as n union all select 1 as n union all select 2 as n union all select 3 as n
  union all select 4 as n union all select 5 as n union all select 6 as n
  union all select 7 as n union all select 8 as n union all select 9 as n
),
days as (
  select
    -- a condition may be evaluated after this: what is cast is a day in rows that are left out, too
    cast(m.month_text || case when t.n * 10 + o.n between 1 and m.days
        then cast(t.n as {{ dbt.type_string() }}) || cast(o.n as {{ dbt.type_string() }}) else '01' end as date) as date_day,
    m.month_number,
    m.month_start_date,
    m.month_end_date,
    m.quarter_start_date,
    m.year_start_date
  from {{ ref('workforce_source', 'int_workforce__calendar_month') }} m
  join ones o on o.n >= 0
  join ones t on t.n * 10 + o.n between 1 and m.days
),
counted as (
  -- 1990-01-01, the first day of the calendar, is a Monday
  select d.*, {{ workforce_source.days_between("cast('1990-01-01' as date)", "d.date_day") }} as days_since
  from days d
),
weeks as (
  select date_day as week_start_date, days_since as monday from counted where days_since % 7 = 0
)
select
  d.date_day,
  w.week_start_date,
  d.month_start_date,
  d.quarter_start_date,
  d.year_start_date,
  d.month_number,
  case when d.date_day = d.month_end_date then 1 else 0 end as is_month_end,
  cast({{ workforce_source.days_between(workforce_source.as_of(), "d.date_day") }} as bigint) as days_from_as_of,
  {{ workforce_source.as_of() }} as as_of
from counted d
join weeks w on w.monday = d.days_since - d.days_since % 7
