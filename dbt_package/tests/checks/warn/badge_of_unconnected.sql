{# Made by `python -m workforce_source.dbt_package package FOLDER`: do not edit. #}
{{ config(fail_calc='coalesce(max(offenders), 0)') }}
select (
  select count(*) from {{ ref('workforce_source', 'stg_workforce__employee_badges') }} b
  join {{ ref('workforce_source', 'stg_workforce__employees') }} e
    on e.organization_id = b.organization_id and e.id = b.employee_id
  where (e.employee_state is null or e.employee_state <> 'accepted')
) as offenders
