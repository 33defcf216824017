{# Made by `python -m workforce_source.dbt_package package FOLDER`: do not edit. #}
{{ config(fail_calc='coalesce(max(offenders), 0)') }}
select (
  select count(*) from (
    select organization_id, employee_id from {{ source('workforce', 'employee_badges') }} where removed_at is null
    union all
    select organization_id, employee_id from {{ source('workforce', 'external_badges') }} where removed_at is null
  ) b
  left join {{ source('workforce', 'employees') }} e
    on e.organization_id = b.organization_id and e.id = b.employee_id and e.removed_at is null
  where e.id is null
) as offenders
