{# Made by `python -m workforce_source.dbt_package package FOLDER`: do not edit. #}
{{ config(fail_calc='coalesce(max(offenders), 0)') }}
select (
  select count(*) from {{ ref('workforce_source', 'workforce__dim_employee') }} e
  left join (
    select organization_id, external_id from {{ ref('workforce_source', 'workforce__dim_employee') }}
    group by organization_id, external_id having count(*) = 1
  ) m on m.organization_id = e.organization_id and m.external_id = e.manager_external_id
  where e.manager_external_id <> '' and m.external_id is null
) as offenders
