{# Made by `python -m workforce_source.dbt_package package FOLDER`: do not edit. #}
{{ config(fail_calc='coalesce(max(offenders), 0)') }}
select (
  select count(*) from (
    select b.organization_id, max(b.employees) as employees
    from {{ ref('workforce_source', 'workforce__mart_skill_coverage_daily') }} b
    join (
      select organization_id, max(snapshot_date) as snapshot_date
      from {{ ref('workforce_source', 'workforce__mart_skill_coverage_daily') }}
      where snapshot_date < {{ workforce_source.as_of() }} and dimension = 'all'
      group by organization_id
    ) l on l.organization_id = b.organization_id and l.snapshot_date = b.snapshot_date
    where b.dimension = 'all'
    group by b.organization_id
  ) before_now
  left join (
    select organization_id, count(*) as employees from {{ ref('workforce_source', 'workforce__dim_employee') }} group by organization_id
  ) n on n.organization_id = before_now.organization_id
  where coalesce(n.employees, 0) * 5 < before_now.employees * 4
    and coalesce(n.employees, 0) + 3 <= before_now.employees
) as offenders
