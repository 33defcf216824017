{# Made by `python -m workforce_source.dbt_package package FOLDER`: do not edit. #}
{{ config(fail_calc='coalesce(max(offenders), 0)') }}
select (
  select count(*) from (
    select expires_at, expires_at_date, extra from {{ source('workforce', 'employee_badges') }} where removed_at is null
    union all
    select expires_at, expires_at_date, extra from {{ source('workforce', 'external_badges') }} where removed_at is null
  ) b
  where expires_at is null and expires_at_date is null
    and replace(extra, '"expires_at', '') <> extra
) as offenders
