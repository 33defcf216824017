{# Made by `python -m workforce_source.dbt_package package FOLDER`: do not edit. #}
{{ config(fail_calc='coalesce(max(offenders), 0)') }}
select (
  select count(*) from {{ ref('workforce_source', 'workforce__fct_badge') }} b
  left join (
    select distinct organization_id, employee_id, badge_source, badge_id
    from {{ ref('workforce_source', 'workforce__bridge_badge_skill') }}
  ) s
    on s.organization_id = b.organization_id and s.employee_id = b.employee_id
    and s.badge_source = b.badge_source and s.badge_id = b.badge_id
  where b.is_active = 1 and s.badge_id is null
) as offenders
