{# Made by `python -m workforce_source.dbt_package package FOLDER`: do not edit. #}
{{ config(fail_calc='coalesce(max(offenders), 0)') }}
select (
  select count(*) from (
    select organization_id, max({{ workforce_source.utc_date("attempted_at") }}) as last_date
    from {{ ref('workforce_source', 'stg_workforce__badge_reads') }} group by organization_id
  ) t
  where {{ workforce_source.days_between("last_date", workforce_source.as_of()) }} > 8
) as offenders
