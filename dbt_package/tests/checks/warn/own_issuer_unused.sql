{# Made by `python -m workforce_source.dbt_package package FOLDER`: do not edit. #}
{{ config(fail_calc='coalesce(max(offenders), 0)') }}
select (
  select count(*) from {{ ref('workforce_source', 'stg_workforce__own_issuer') }} o
  left join (select distinct issuer_name from {{ ref('workforce_source', 'workforce__fct_badge') }}) b
    on b.issuer_name = o.issuer_name
  where b.issuer_name is null
) as offenders
