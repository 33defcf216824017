{# Made by `python -m workforce_source.dbt_package package FOLDER`: do not edit. #}
{{ config(fail_calc='coalesce(max(offenders), 0)') }}
select (
  select count(*) from {{ source('workforce', 'employee_badges') }} b
  join {{ source('workforce', 'employees') }} e
    on e.organization_id = b.organization_id and e.id = b.employee_id and e.removed_at is null
  where b.removed_at is null and (e.employee_state is null or e.employee_state <> 'accepted')
) as offenders
