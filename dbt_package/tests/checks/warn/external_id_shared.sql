{# Made by `python -m workforce_source.dbt_package package FOLDER`: do not edit. #}
{{ config(fail_calc='coalesce(max(offenders), 0)') }}
select (
  select count(*) from (
    select organization_id, external_id from {{ source('workforce', 'employees') }}
    where removed_at is null and external_id <> ''
    group by organization_id, external_id having count(*) > 1
  ) t
) as offenders
