{# Made by `python -m workforce_source.dbt_package package FOLDER`: do not edit. #}
{{ config(fail_calc='coalesce(max(offenders), 0)') }}
select (
  select count(*) from (
    select issued_at, issued_at_date from {{ ref('workforce_source', 'stg_workforce__employee_badges') }}
    union all
    select issued_at, issued_at_date from {{ ref('workforce_source', 'stg_workforce__external_badges') }}
  ) b
  where coalesce({{ workforce_source.utc_date("issued_at") }}, issued_at_date) > {{ workforce_source.as_of() }}
) as offenders
