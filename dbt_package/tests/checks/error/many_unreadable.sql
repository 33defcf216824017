{# Made by `python -m workforce_source.dbt_package package FOLDER`: do not edit. #}
{{ config(fail_calc='coalesce(max(offenders), 0)') }}
select (
  select coalesce(sum(u.unreadable), 0) from (
    select
      e.organization_id,
      count(*) as connected,
      sum(case when r.read_status = 'unreadable' then 1 else 0 end) as unreadable
    from {{ ref('workforce_source', 'stg_workforce__employees') }} e
    left join {{ ref('workforce_source', 'stg_workforce__badge_reads') }} r
      on r.organization_id = e.organization_id and r.employee_id = e.id
    where e.employee_state = 'accepted'
    group by e.organization_id
  ) u
  where u.unreadable * 100 > u.connected and (u.unreadable >= 3 or u.unreadable = u.connected)
) as offenders
