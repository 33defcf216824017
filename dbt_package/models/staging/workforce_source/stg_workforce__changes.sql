{# Made by `python -m workforce_source.dbt_package package FOLDER`: do not edit. #}
-- grain: one observed change of one row
select
  organization_id,
  table_name,
  row_key,
  previous_changed_at,
  changed_at,
  employee_id,
  change,
  changed_columns
from {{ source('workforce_source', 'changes') }}
