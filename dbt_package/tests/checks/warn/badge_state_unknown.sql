{# Made by `python -m workforce_source.dbt_package package FOLDER`: do not edit. #}
{{ config(fail_calc='coalesce(max(offenders), 0)') }}
select (
  select count(*) from {{ ref('workforce_source', 'stg_workforce__employee_badges') }}
  where (state is null or state not in ('pending', 'accepted', 'rejected', 'revoked'))
) as offenders
