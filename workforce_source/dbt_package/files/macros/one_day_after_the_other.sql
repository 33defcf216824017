{# The configuration of a table that keeps the rows of each day: a second run of a day replaces the day's
   rows, and one without rows replaces none. Adapters do not agree on what does that. #}

{% macro one_day_after_the_other(day) -%}
  {%- set given = {
    'materialized': 'incremental',
    'incremental_strategy': 'delete+insert',
    'unique_key': day,
    'on_schema_change': 'append_new_columns',
    'full_refresh': false,
  } -%}
  {%- if target.type == 'bigquery' -%}
    {%- do given.update(incremental_strategy='insert_overwrite', partition_by={'field': day, 'data_type': 'date'}) -%}
  {%- elif target.type == 'spark' -%}
    {%- do given.update(incremental_strategy='insert_overwrite', partition_by=[day]) -%}
  {%- endif -%}
  {{ return(given) }}
{%- endmacro %}
