{# Made by `python -m workforce_source.dbt_package package FOLDER`: do not edit. #}
-- What the variable workforce_skill_target names, or the empty seed.
select
  cast(organization_id as {{ dbt.type_string() }}) as organization_id,
  cast(dimension as {{ dbt.type_string() }}) as dimension,
  cast(dimension_value as {{ dbt.type_string() }}) as dimension_value,
  cast(skill_key as {{ dbt.type_string() }}) as skill_key,
  cast(skill_name as {{ dbt.type_string() }}) as skill_name,
  cast(min_people as {{ dbt.type_bigint() }}) as min_people,
  cast(min_coverage as {{ workforce_source.type_double() }}) as min_coverage
from {{ ref(var('workforce_skill_target')) if var('workforce_skill_target') else ref('workforce_source', 'workforce__skill_target') }}
