{%- set columns = 'employee_id, skill_key, evidence_count, active_evidence_count, has_skill, valid_until' -%}
with found as (
  select {{ columns }}
  from {{ ref('workforce_source', 'workforce__fct_employee_skill') }}
),
expected as (
  select {{ columns }} from {{ ref('expected_employee_skill') }}
),
missing as (select * from expected {{ dbt.except() }} select * from found),
unexpected as (select * from found {{ dbt.except() }} select * from expected)
select 'missing' as what, m.* from missing m
union all
select 'unexpected' as what, u.* from unexpected u
