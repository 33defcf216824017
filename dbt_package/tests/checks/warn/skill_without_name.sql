{# Made by `python -m workforce_source.dbt_package package FOLDER`: do not edit. #}
{{ config(fail_calc='coalesce(max(offenders), 0)') }}
select (
  select count(*) from (
    select organization_id, skill_key from {{ ref('workforce_source', 'stg_workforce__badge_template_skills') }}
    union all
    select organization_id, skill_key from {{ ref('workforce_source', 'stg_workforce__external_badge_skills') }}
  ) s
  where s.skill_key = ''
) as offenders
