{# Made by `python -m workforce_source.dbt_package package FOLDER`: do not edit. #}
-- What the variable workforce_skill_category names, or the empty seed.
select
  cast(skill_key as {{ dbt.type_string() }}) as skill_key,
  cast(skill_name as {{ dbt.type_string() }}) as skill_name,
  cast(skill_category as {{ dbt.type_string() }}) as skill_category
from {{ ref(var('workforce_skill_category')) if var('workforce_skill_category') else ref('workforce_source', 'workforce__skill_category') }}
