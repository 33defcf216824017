{# Made by `python -m workforce_source.dbt_package package FOLDER`: do not edit. #}
{{ config(fail_calc='coalesce(max(offenders), 0)') }}
select (
  select count(*) from {{ ref('workforce_source', 'stg_workforce__requirement') }} r
  left join (
    select distinct organization_id, dimension, dimension_value from {{ ref('workforce_source', 'workforce__bridge_employee_group') }}
  ) g on g.organization_id = coalesce(r.organization_id, g.organization_id)
    and g.dimension = r.dimension and g.dimension_value = r.dimension_value
  where g.dimension is null
) as offenders
