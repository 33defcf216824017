{# Made by `python -m workforce_source.dbt_package package FOLDER`: do not edit. #}
{{ config(fail_calc='coalesce(max(offenders), 0)') }}
select (
  select count(*) from (
    select expires_at, expires_at_date, extra from {{ ref('workforce_source', 'stg_workforce__employee_badges') }}
    union all
    select expires_at, expires_at_date, extra from {{ ref('workforce_source', 'stg_workforce__external_badges') }}
  ) b
  where expires_at is null and expires_at_date is null
    and replace(extra, '"expires_at', '') <> extra
) as offenders
