{# Made by `python -m workforce_source.dbt_package package FOLDER`: do not edit. #}
{{ config(fail_calc='coalesce(max(offenders), 0)') }}
select (
  select count(*) from {{ ref('workforce_source', 'stg_workforce__changes') }}
  where table_name = 'badge_template_skills'
    and {{ workforce_source.days_between(workforce_source.utc_date("changed_at"), workforce_source.as_of()) }}
      between 0 and 30
) as offenders
