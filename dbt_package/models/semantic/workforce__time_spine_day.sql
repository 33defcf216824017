-- grain: one day
-- MetricFlow has one calendar of days for all metrics of a project: leave this one off if you have yours.
select date_day
from {{ ref('workforce_source', 'workforce__dim_date') }}
