{# Made by `python -m workforce_source.dbt_package package FOLDER`: do not edit. #}
{{ config(fail_calc='coalesce(max(offenders), 0)') }}
select (
  select count(*) from (
    select distinct requirement, required_kind, required_key, required_issuer from {{ ref('workforce_source', 'stg_workforce__requirement') }}
  ) r
  left join (
    select 'skill' as kind, skill_key as name, cast(null as {{ dbt.type_string() }}) as issuer from {{ ref('workforce_source', 'workforce__dim_skill') }}
    where spellings > 0
    union
    select 'template' as kind, template_id as name, cast(null as {{ dbt.type_string() }}) as issuer
    from {{ ref('workforce_source', 'workforce__dim_badge_template') }}
    union
    select 'badge' as kind, badge_name as name, issuer_name as issuer
    from {{ ref('workforce_source', 'workforce__fct_badge') }}
  ) k on k.kind = r.required_kind and k.name = r.required_key
    and coalesce(r.required_issuer, k.issuer, '') = coalesce(k.issuer, '')
  where k.kind is null
) as offenders
