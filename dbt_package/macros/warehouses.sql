{# Made by `python -m workforce_source.dbt_package package FOLDER`: do not edit.
   The variants are sqlglot's: duckdb's and postgres's are executed by the tests,
   the others were never executed. #}

{% macro utc_date(moment) -%}
  {{ return(adapter.dispatch('utc_date', 'workforce_source')(moment)) }}
{%- endmacro %}

{% macro default__utc_date(moment) -%}
  CAST({{ moment }} AT TIME ZONE 'UTC' AS DATE)
{%- endmacro %}

{% macro snowflake__utc_date(moment) -%}
  CAST(CONVERT_TIMEZONE('UTC', {{ moment }}) AS DATE)
{%- endmacro %}

{% macro bigquery__utc_date(moment) -%}
  CAST(TIMESTAMP(DATETIME({{ moment }}, 'UTC')) AS DATE)
{%- endmacro %}

{% macro databricks__utc_date(moment) -%}
  CAST(FROM_UTC_TIMESTAMP({{ moment }}, 'UTC') AS DATE)
{%- endmacro %}

{% macro days_between(first, last) -%}
  {{ return(adapter.dispatch('days_between', 'workforce_source')(first, last)) }}
{%- endmacro %}

{% macro default__days_between(first, last) -%}
  DATE_DIFF('DAY', {{ first }}, {{ last }})
{%- endmacro %}

{% macro postgres__days_between(first, last) -%}
  CAST(EXTRACT(epoch FROM CAST({{ last }} AS TIMESTAMP) - CAST({{ first }} AS TIMESTAMP)) / 86400 AS BIGINT)
{%- endmacro %}

{% macro redshift__days_between(first, last) -%}
  DATEDIFF(DAY, {{ first }}, {{ last }})
{%- endmacro %}

{% macro snowflake__days_between(first, last) -%}
  DATEDIFF(DAY, {{ first }}, {{ last }})
{%- endmacro %}

{% macro bigquery__days_between(first, last) -%}
  DATE_DIFF({{ last }}, {{ first }}, DAY)
{%- endmacro %}

{% macro databricks__days_between(first, last) -%}
  DATEDIFF(DAY, {{ first }}, {{ last }})
{%- endmacro %}

{% macro type_double() -%}
  {{ return(adapter.dispatch('type_double', 'workforce_source')()) }}
{%- endmacro %}

{% macro default__type_double() -%}
  DOUBLE
{%- endmacro %}

{% macro postgres__type_double() -%}
  DOUBLE PRECISION
{%- endmacro %}

{% macro redshift__type_double() -%}
  DOUBLE PRECISION
{%- endmacro %}

{% macro bigquery__type_double() -%}
  FLOAT64
{%- endmacro %}
