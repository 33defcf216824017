{# Made by `python -m workforce_source.dbt_package package FOLDER`: do not edit. #}
-- What the variable workforce_badge_cost names, or the empty seed.
select
  cast(template_id as {{ dbt.type_string() }}) as template_id,
  cast(badge_name as {{ dbt.type_string() }}) as badge_name,
  cast(issuer_name as {{ dbt.type_string() }}) as issuer_name,
  cast(amount as decimal(18, 2)) as amount,
  cast(currency as {{ dbt.type_string() }}) as currency
from {{ ref(var('workforce_badge_cost')) if var('workforce_badge_cost') else ref('workforce_source', 'workforce__badge_cost') }}
