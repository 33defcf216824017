{# Made by `python -m workforce_source.dbt_package package FOLDER`: do not edit. #}
{{ config(fail_calc='coalesce(max(offenders), 0)') }}
select (
  select count(*) from {{ ref('workforce_source', 'stg_workforce__employees') }} e
  left join {{ ref('workforce_source', 'stg_workforce__badge_reads') }} r
    on r.organization_id = e.organization_id and r.employee_id = e.id
  where e.employee_state = 'accepted' and r.badges_read_at is null
) as offenders
