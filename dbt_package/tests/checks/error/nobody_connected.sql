{# Made by `python -m workforce_source.dbt_package package FOLDER`: do not edit. #}
{{ config(fail_calc='coalesce(max(offenders), 0)') }}
select (
  select count(*) from (
    select organization_id from {{ ref('workforce_source', 'stg_workforce__employees') }}
    group by organization_id
    having max(case when employee_state = 'accepted' then 1 else 0 end) = 0
  ) t
) as offenders
