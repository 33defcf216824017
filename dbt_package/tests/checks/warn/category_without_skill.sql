{# Made by `python -m workforce_source.dbt_package package FOLDER`: do not edit. #}
{{ config(fail_calc='coalesce(max(offenders), 0)') }}
select (
  select count(*) from {{ ref('workforce_source', 'stg_workforce__skill_category') }} c
  left join (select distinct skill_key from {{ ref('workforce_source', 'workforce__dim_skill') }}) s on s.skill_key = c.skill_key
  where s.skill_key is null
) as offenders
