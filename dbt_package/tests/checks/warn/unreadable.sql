{# Made by `python -m workforce_source.dbt_package package FOLDER`: do not edit. #}
{{ config(fail_calc='coalesce(max(offenders), 0)') }}
select (
  select count(*) from {{ source('workforce', 'badge_reads') }} where removed_at is null and read_status = 'unreadable'
) as offenders
