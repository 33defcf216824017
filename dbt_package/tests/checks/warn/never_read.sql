{# Made by `python -m workforce_source.dbt_package package FOLDER`: do not edit. #}
{{ config(fail_calc='coalesce(max(offenders), 0)') }}
select (
  select count(*) from {{ source('workforce', 'employees') }} e
  left join {{ source('workforce', 'badge_reads') }} r
    on r.organization_id = e.organization_id and r.employee_id = e.id and r.removed_at is null
  where e.removed_at is null and e.employee_state = 'accepted' and r.badges_read_at is null
) as offenders
