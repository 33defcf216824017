{# Made by `python -m workforce_source.dbt_package package FOLDER`: do not edit. #}
{{ config(fail_calc='coalesce(max(offenders), 0)') }}
select (
  select count(*) from (
    select organization_id, id from {{ ref('workforce_source', 'stg_workforce__employees') }}
    group by organization_id, id having count(*) > 1
  ) t
) as offenders
