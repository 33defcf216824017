{# Made by `python -m workforce_source.dbt_package package FOLDER`: do not edit. #}
-- grain: one requirement in one group of employees in which it applies to somebody
with counted as (
  select c.organization_id, c.requirement, g.dimension, g.dimension_value,
    max(c.required_name) as required_name,
    cast(count(*) as bigint) as required,
    cast(sum(case when c.compliance_status = 'met' then 1 else 0 end) as bigint) as people_met,
    cast(sum(case when c.compliance_status = 'lapsing' then 1 else 0 end) as bigint)
      as people_lapsing,
    cast(sum(case when c.compliance_status = 'due' then 1 else 0 end) as bigint) as people_due,
    cast(sum(case when c.compliance_status = 'in grace' then 1 else 0 end) as bigint)
      as people_in_grace,
    cast(sum(case when c.compliance_status = 'overdue' then 1 else 0 end) as bigint)
      as people_overdue,
    cast(sum(case when c.compliance_status = 'unknown' then 1 else 0 end) as bigint)
      as people_unknown
  from {{ ref('workforce_source', 'workforce__mart_compliance') }} c
  join {{ ref('workforce_source', 'workforce__bridge_employee_group') }} g
    on g.organization_id = c.organization_id and g.employee_id = c.employee_id
  group by c.organization_id, c.requirement, g.dimension, g.dimension_value
)
select
  organization_id,
  requirement,
  dimension,
  dimension_value,
  required_name,
  required,
  people_met,
  people_lapsing,
  people_due,
  people_in_grace,
  people_overdue,
  people_unknown,
  cast(people_met + people_lapsing as {{ workforce_source.type_double() }}) / nullif(required - people_unknown, 0)
    as compliance_rate,
  cast(people_met + people_lapsing as {{ workforce_source.type_double() }}) / required as compliance_low,
  cast(people_met + people_lapsing + people_unknown as {{ workforce_source.type_double() }}) / required as compliance_high,
  {{ workforce_source.as_of() }} as as_of
from counted
