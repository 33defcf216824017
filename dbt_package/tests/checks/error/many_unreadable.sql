{# Made by `python -m workforce_source.dbt_package package FOLDER`: do not edit. #}
{{ config(fail_calc='coalesce(max(offenders), 0)') }}
select (
  select case when u.unreadable * 100 > u.connected then u.unreadable else 0 end from (
    select
      count(*) as connected,
      sum(case when r.read_status = 'unreadable' then 1 else 0 end) as unreadable
    from {{ source('workforce', 'employees') }} e
    left join {{ source('workforce', 'badge_reads') }} r
      on r.organization_id = e.organization_id and r.employee_id = e.id and r.removed_at is null
    where e.removed_at is null and e.employee_state = 'accepted'
  ) u
) as offenders
