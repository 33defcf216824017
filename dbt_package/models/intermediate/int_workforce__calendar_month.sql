{# From 1990, whose first day is a Monday, on which dim_date relies, to ten years after as_of. #}
{%- set last_year = workforce_source.as_of_text()[:4] | int + 10 -%}
{%- set lengths = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31] -%}
with years as (
{%- for year in range(1990, last_year + 1) %}
  select {{ year }} as year_number, '{{ year }}-' as year_text,
    {{ 1 if year % 4 == 0 and (year % 100 != 0 or year % 400 == 0) else 0 }} as leap_days
  {%- if not loop.last %} union all{% endif %}
{%- endfor %}
),
months as (
{%- for days in lengths %}
  {%- set month = '%02d' % loop.index %}
  {%- set quarter = '%02d' % (loop.index0 - loop.index0 % 3 + 1) %}
  select {{ loop.index0 }} as months_before, '{{ month }}-' as month_part,
    '{{ quarter }}-01' as quarter_part, {{ days }} as usual_days, {{ 1 if loop.index == 2 else 0 }} as is_february
  {%- if not loop.last %} union all{% endif %}
{%- endfor %}
),
counted as (
  select y.year_number * 12 + m.months_before as month_number, y.year_text,
    y.year_text || m.month_part as month_text, y.year_text || m.quarter_part as quarter_text,
    m.usual_days + y.leap_days * m.is_february as days
  from years y
  join months m on m.months_before >= 0
)
select
  c.month_number,
  c.month_text,
  cast(c.month_text || '01' as date) as month_start_date,
  cast(c.month_text || cast(c.days as {{ dbt.type_string() }}) as date) as month_end_date,
  cast(c.quarter_text as date) as quarter_start_date,
  cast(c.year_text || '01-01' as date) as year_start_date,
  c.days
from counted c
