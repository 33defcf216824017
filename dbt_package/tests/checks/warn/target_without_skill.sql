{# Made by `python -m workforce_source.dbt_package package FOLDER`: do not edit. #}
{{ config(fail_calc='coalesce(max(offenders), 0)') }}
select (
  select count(*) from {{ ref('workforce_source', 'workforce__mart_skill_gap') }} g
  join {{ ref('workforce_source', 'workforce__dim_skill') }} s on s.organization_id = g.organization_id and s.skill_key = g.skill_key
  where s.spellings = 0
) as offenders
