{# Made by `python -m workforce_source.dbt_package package FOLDER`: do not edit. #}
-- What the variable workforce_skill_alias names, or the empty seed.
select
  cast(alias_key as {{ dbt.type_string() }}) as alias_key,
  cast(skill_key as {{ dbt.type_string() }}) as skill_key,
  cast(skill_name as {{ dbt.type_string() }}) as skill_name,
  cast(note as {{ dbt.type_string() }}) as note
from {{ ref(var('workforce_skill_alias')) if var('workforce_skill_alias') else ref('workforce_source', 'workforce__skill_alias') }}
