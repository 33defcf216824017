{# Made by `python -m workforce_source.dbt_package package FOLDER`: do not edit.
   The variants are sqlglot's: duckdb's and postgres's are executed by the tests,
   the others were never executed. #}

{% macro utc_date(moment) -%}
  {{ return(adapter.dispatch('workforce__utc_date', 'workforce_source')(moment)) }}
{%- endmacro %}

{% macro default__workforce__utc_date(moment) -%}
  CAST({{ moment }} AT TIME ZONE 'UTC' AS DATE)
{%- endmacro %}

{% macro snowflake__workforce__utc_date(moment) -%}
  CAST(CONVERT_TIMEZONE('UTC', {{ moment }}) AS DATE)
{%- endmacro %}

{% macro bigquery__workforce__utc_date(moment) -%}
  CAST(TIMESTAMP(DATETIME({{ moment }}, 'UTC')) AS DATE)
{%- endmacro %}

{% macro databricks__workforce__utc_date(moment) -%}
  DATE_FROM_UNIX_DATE(CAST(FLOOR(UNIX_SECONDS({{ moment }}) / 86400) AS INT))
{%- endmacro %}

{% macro days_between(first, last) -%}
  {{ return(adapter.dispatch('workforce__days_between', 'workforce_source')(first, last)) }}
{%- endmacro %}

{% macro default__workforce__days_between(first, last) -%}
  DATE_DIFF('DAY', {{ first }}, {{ last }})
{%- endmacro %}

{% macro postgres__workforce__days_between(first, last) -%}
  CAST(EXTRACT(epoch FROM CAST({{ last }} AS TIMESTAMP) - CAST({{ first }} AS TIMESTAMP)) / 86400 AS BIGINT)
{%- endmacro %}

{% macro redshift__workforce__days_between(first, last) -%}
  DATEDIFF(DAY, {{ first }}, {{ last }})
{%- endmacro %}

{% macro snowflake__workforce__days_between(first, last) -%}
  DATEDIFF(DAY, {{ first }}, {{ last }})
{%- endmacro %}

{% macro bigquery__workforce__days_between(first, last) -%}
  DATE_DIFF({{ last }}, {{ first }}, DAY)
{%- endmacro %}

{% macro databricks__workforce__days_between(first, last) -%}
  DATEDIFF(DAY, {{ first }}, {{ last }})
{%- endmacro %}

{% macro trimmed(text) -%}
  {{ return(adapter.dispatch('workforce__trimmed', 'workforce_source')(text)) }}
{%- endmacro %}

{% macro default__workforce__trimmed(text) -%}
  TRIM(REGEXP_REPLACE(REGEXP_REPLACE({{ text }}, '[{{ "\xad\u034f\u061c\u115f\u1160\u180b\u180c\u180d\u180e\u180f\u200b\u200c\u200d\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2060\u2061\u2062\u2063\u2064\u2066\u2067\u2068\u2069\u206a\u206b\u206c\u206d\u206e\u206f\u3164\ufe00\ufe01\ufe02\ufe03\ufe04\ufe05\ufe06\ufe07\ufe08\ufe09\ufe0a\ufe0b\ufe0c\ufe0d\ufe0e\ufe0f\ufeff\uffa0" }}]', '', 'g'), '[{{ "\t\n\x0b\x0c\r\x1c\x1d\x1e\x1f\x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u2800\u3000" }} ]+', ' ', 'g'))
{%- endmacro %}

{% macro postgres__workforce__trimmed(text) -%}
  TRIM(REPLACE(REPLACE(REPLACE(TRANSLATE({{ text }}, '{{ "\t\n\r\x1c\x1d\x1e\x1f\x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u2800\u3000" }}' || CHR(11) || CHR(12) || '{{ "\xad\u034f\u061c\u115f\u1160\u180b\u180c\u180d\u180e\u180f\u200b\u200c\u200d\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2060\u2061\u2062\u2063\u2064\u2066\u2067\u2068\u2069\u206a\u206b\u206c\u206d\u206e\u206f\u3164\ufe00\ufe01\ufe02\ufe03\ufe04\ufe05\ufe06\ufe07\ufe08\ufe09\ufe0a\ufe0b\ufe0c\ufe0d\ufe0e\ufe0f\ufeff\uffa0" }}', '                             '), ' ', ' {{ "\x1f" }}'), '{{ "\x1f" }} ', ''), '{{ "\x1f" }}', ''))
{%- endmacro %}

{% macro redshift__workforce__trimmed(text) -%}
  TRIM(REPLACE(REPLACE(REPLACE(TRANSLATE({{ text }}, '\t\n\r{{ "\x1c\x1d\x1e\x1f\x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u2800\u3000" }}' || CHR(11) || CHR(12) || '{{ "\xad\u034f\u061c\u115f\u1160\u180b\u180c\u180d\u180e\u180f\u200b\u200c\u200d\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2060\u2061\u2062\u2063\u2064\u2066\u2067\u2068\u2069\u206a\u206b\u206c\u206d\u206e\u206f\u3164\ufe00\ufe01\ufe02\ufe03\ufe04\ufe05\ufe06\ufe07\ufe08\ufe09\ufe0a\ufe0b\ufe0c\ufe0d\ufe0e\ufe0f\ufeff\uffa0" }}', '                             '), ' ', ' {{ "\x1f" }}'), '{{ "\x1f" }} ', ''), '{{ "\x1f" }}', ''))
{%- endmacro %}

{% macro snowflake__workforce__trimmed(text) -%}
  TRIM(REPLACE(REPLACE(REPLACE(TRANSLATE({{ text }}, '\t\n\r\x1c\x1d\x1e\x1f{{ "\x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u2800\u3000" }}' || CHR(11) || CHR(12) || '{{ "\xad\u034f\u061c\u115f\u1160\u180b\u180c\u180d\u180e\u180f\u200b\u200c\u200d\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2060\u2061\u2062\u2063\u2064\u2066\u2067\u2068\u2069\u206a\u206b\u206c\u206d\u206e\u206f\u3164\ufe00\ufe01\ufe02\ufe03\ufe04\ufe05\ufe06\ufe07\ufe08\ufe09\ufe0a\ufe0b\ufe0c\ufe0d\ufe0e\ufe0f\ufeff\uffa0" }}', '                             '), ' ', ' \x1f'), '\x1f ', ''), '\x1f', ''))
{%- endmacro %}

{% macro bigquery__workforce__trimmed(text) -%}
  TRIM(REPLACE(REPLACE(REPLACE(TRANSLATE({{ text }}, '\t\n\r{{ "\x1c\x1d\x1e\x1f\x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u2800\u3000" }}' || CHR(11) || CHR(12) || '{{ "\xad\u034f\u061c\u115f\u1160\u180b\u180c\u180d\u180e\u180f\u200b\u200c\u200d\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2060\u2061\u2062\u2063\u2064\u2066\u2067\u2068\u2069\u206a\u206b\u206c\u206d\u206e\u206f\u3164\ufe00\ufe01\ufe02\ufe03\ufe04\ufe05\ufe06\ufe07\ufe08\ufe09\ufe0a\ufe0b\ufe0c\ufe0d\ufe0e\ufe0f\ufeff\uffa0" }}', '                             '), ' ', ' {{ "\x1f" }}'), '{{ "\x1f" }} ', ''), '{{ "\x1f" }}', ''))
{%- endmacro %}

{% macro databricks__workforce__trimmed(text) -%}
  TRIM(REPLACE(REPLACE(REPLACE(TRANSLATE({{ text }}, '\t\n\r{{ "\x1c\x1d\x1e\x1f\x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u2800\u3000" }}' || CHR(11) || CHR(12) || '{{ "\xad\u034f\u061c\u115f\u1160\u180b\u180c\u180d\u180e\u180f\u200b\u200c\u200d\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2060\u2061\u2062\u2063\u2064\u2066\u2067\u2068\u2069\u206a\u206b\u206c\u206d\u206e\u206f\u3164\ufe00\ufe01\ufe02\ufe03\ufe04\ufe05\ufe06\ufe07\ufe08\ufe09\ufe0a\ufe0b\ufe0c\ufe0d\ufe0e\ufe0f\ufeff\uffa0" }}', '                             '), ' ', ' {{ "\x1f" }}'), '{{ "\x1f" }} ', ''), '{{ "\x1f" }}', ''))
{%- endmacro %}

{% macro type_double() -%}
  {{ return(adapter.dispatch('workforce__type_double', 'workforce_source')()) }}
{%- endmacro %}

{% macro default__workforce__type_double() -%}
  DOUBLE
{%- endmacro %}

{% macro postgres__workforce__type_double() -%}
  DOUBLE PRECISION
{%- endmacro %}

{% macro redshift__workforce__type_double() -%}
  DOUBLE PRECISION
{%- endmacro %}

{% macro bigquery__workforce__type_double() -%}
  FLOAT64
{%- endmacro %}

{% macro type_timestamptz() -%}
  {{ return(adapter.dispatch('workforce__type_timestamptz', 'workforce_source')()) }}
{%- endmacro %}

{% macro default__workforce__type_timestamptz() -%}
  TIMESTAMPTZ
{%- endmacro %}

{% macro redshift__workforce__type_timestamptz() -%}
  TIMESTAMP WITH TIME ZONE
{%- endmacro %}

{% macro bigquery__workforce__type_timestamptz() -%}
  TIMESTAMP
{%- endmacro %}

{% macro databricks__workforce__type_timestamptz() -%}
  TIMESTAMP
{%- endmacro %}
