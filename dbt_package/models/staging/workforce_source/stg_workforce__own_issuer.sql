{# Made by `python -m workforce_source.dbt_package package FOLDER`: do not edit. #}
-- What the variable workforce_own_issuer names, or the empty seed.
select
  cast(issuer_name as {{ dbt.type_string() }}) as issuer_name
from {{ ref(var('workforce_own_issuer')) if var('workforce_own_issuer') else ref('workforce_source', 'workforce__own_issuer') }}
