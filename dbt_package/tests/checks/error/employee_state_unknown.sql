{# Made by `python -m workforce_source.dbt_package package FOLDER`: do not edit. #}
{{ config(fail_calc='coalesce(max(offenders), 0)') }}
select (
  select count(*) from {{ ref('workforce_source', 'stg_workforce__employees') }}
  where (employee_state is null
      or employee_state not in ('created', 'pending', 'accepted', 'rejected'))
) as offenders
