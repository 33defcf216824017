{# Made by `python -m workforce_source.dbt_package package FOLDER`: do not edit. #}
-- What the variable workforce_requirement names, or the empty seed.
select
  cast(organization_id as {{ dbt.type_string() }}) as organization_id,
  cast(requirement as {{ dbt.type_string() }}) as requirement,
  cast(dimension as {{ dbt.type_string() }}) as dimension,
  cast(dimension_value as {{ dbt.type_string() }}) as dimension_value,
  cast(required_kind as {{ dbt.type_string() }}) as required_kind,
  cast(required_key as {{ dbt.type_string() }}) as required_key,
  cast(required_name as {{ dbt.type_string() }}) as required_name,
  cast(required_issuer as {{ dbt.type_string() }}) as required_issuer,
  cast(fixed_date as date) as fixed_date,
  cast(due_days as {{ dbt.type_bigint() }}) as due_days,
  cast(grace_days as {{ dbt.type_bigint() }}) as grace_days
from {{ ref(var('workforce_requirement')) if var('workforce_requirement') else ref('workforce_source', 'workforce__requirement') }}
