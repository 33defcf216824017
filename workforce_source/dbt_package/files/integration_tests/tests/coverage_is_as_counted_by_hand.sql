{%- set columns = 'dimension, dimension_value, skill_key, employees, connected, known, people, people_not_known, people_lapsing_90d, depth_band' -%}
with found as (
  select {{ columns }}
  from {{ ref('workforce_source', 'workforce__mart_skill_coverage') }}
  where dimension in ('all', 'department') and people + people_not_known > 0
),
expected as (
  select {{ columns }} from {{ ref('expected_coverage') }}
),
missing as (select * from expected {{ dbt.except() }} select * from found),
unexpected as (select * from found {{ dbt.except() }} select * from expected)
select 'missing' as what, m.* from missing m
union all
select 'unexpected' as what, u.* from unexpected u
