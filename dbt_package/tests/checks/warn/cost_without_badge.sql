{# Made by `python -m workforce_source.dbt_package package FOLDER`: do not edit. #}
{{ config(fail_calc='coalesce(max(offenders), 0)') }}
select (
  select count(*) from {{ ref('workforce_source', 'stg_workforce__badge_cost') }} c
  left join (
    select distinct template_id, badge_name, issuer_name
    from {{ ref('workforce_source', 'workforce__fct_badge') }}
  ) b on (c.template_id is not null and b.template_id = c.template_id)
    or (c.template_id is null and b.badge_name = c.badge_name
      and (c.issuer_name is null or b.issuer_name = c.issuer_name))
  where b.template_id is null and b.badge_name is null
) as offenders
