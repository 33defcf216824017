{# Made by `python -m workforce_source.dbt_package package FOLDER`: do not edit. #}
-- grain: one group an employee is in: an employee in each dimension, `all` among them
select
  organization_id, employee_id, is_connected, is_known,
  'all' as dimension, 'all' as dimension_value, {{ workforce_source.as_of() }} as as_of
from {{ ref('workforce_source', 'workforce__dim_employee') }}
union all
select
  organization_id, employee_id, is_connected, is_known,
  'department' as dimension, department as dimension_value, {{ workforce_source.as_of() }} as as_of
from {{ ref('workforce_source', 'workforce__dim_employee') }}
union all
select
  organization_id, employee_id, is_connected, is_known,
  'team' as dimension, team as dimension_value, {{ workforce_source.as_of() }} as as_of
from {{ ref('workforce_source', 'workforce__dim_employee') }}
union all
select
  organization_id, employee_id, is_connected, is_known,
  'job_family' as dimension, job_family as dimension_value, {{ workforce_source.as_of() }} as as_of
from {{ ref('workforce_source', 'workforce__dim_employee') }}
union all
select
  organization_id, employee_id, is_connected, is_known,
  'position_title' as dimension, position_title as dimension_value, {{ workforce_source.as_of() }} as as_of
from {{ ref('workforce_source', 'workforce__dim_employee') }}
union all
select
  organization_id, employee_id, is_connected, is_known,
  'organization_level_1' as dimension, organization_level_1 as dimension_value, {{ workforce_source.as_of() }} as as_of
from {{ ref('workforce_source', 'workforce__dim_employee') }}
union all
select
  organization_id, employee_id, is_connected, is_known,
  'organization_level_2' as dimension, organization_level_2 as dimension_value, {{ workforce_source.as_of() }} as as_of
from {{ ref('workforce_source', 'workforce__dim_employee') }}
union all
select
  organization_id, employee_id, is_connected, is_known,
  'organization_level_3' as dimension, organization_level_3 as dimension_value, {{ workforce_source.as_of() }} as as_of
from {{ ref('workforce_source', 'workforce__dim_employee') }}
union all
select
  organization_id, employee_id, is_connected, is_known,
  'country' as dimension, country as dimension_value, {{ workforce_source.as_of() }} as as_of
from {{ ref('workforce_source', 'workforce__dim_employee') }}
union all
select
  organization_id, employee_id, is_connected, is_known,
  'location' as dimension, location as dimension_value, {{ workforce_source.as_of() }} as as_of
from {{ ref('workforce_source', 'workforce__dim_employee') }}
