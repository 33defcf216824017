{# Made by `python -m workforce_source.dbt_package package FOLDER`: do not edit. #}
{{ config(fail_calc='coalesce(max(offenders), 0)') }}
select (
  select count(*) from (
    select organization_id, skill_key from {{ source('workforce', 'badge_template_skills') }} where removed_at is null
    union all
    select organization_id, skill_key from {{ source('workforce', 'external_badge_skills') }} where removed_at is null
  ) s
  where s.skill_key = ''
) as offenders
