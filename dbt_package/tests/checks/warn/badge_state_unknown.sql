{# Made by `python -m workforce_source.dbt_package package FOLDER`: do not edit. #}
{{ config(fail_calc='coalesce(max(offenders), 0)') }}
select (
  select count(*) from {{ source('workforce', 'employee_badges') }}
  where removed_at is null
    and (state is null or state not in ('pending', 'accepted', 'rejected', 'revoked'))
) as offenders
