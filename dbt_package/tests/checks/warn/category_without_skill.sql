{# Made by `python -m workforce_source.dbt_package package FOLDER`: do not edit. #}
{{ config(fail_calc='coalesce(max(offenders), 0)') }}
select (
  select count(*) from {{ ref(var('skill_category')) }} c
  left join (select distinct skill_key from {{ ref('dim_skill') }}) s on s.skill_key = c.skill_key
  where s.skill_key is null
) as offenders
