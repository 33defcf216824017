{# Made by `python -m workforce_source.dbt_package package FOLDER`: do not edit. #}
{{ config(fail_calc='coalesce(max(offenders), 0)') }}
select (
  select count(*) from {{ source('workforce', 'employees') }}
  where removed_at is null and (external_id is null or external_id = '')
) as offenders
