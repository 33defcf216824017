{# The UTC date every statement is made for: the variable `workforce_as_of`, or the day the run began. #}

{% macro as_of() -%}
  cast('{{ workforce_source.as_of_text() }}' as date)
{%- endmacro %}

{# `1 = 1` on the day itself. The tables say nothing certain about another day, so none is recorded. #}
{% macro as_of_is_today() -%}
  {{ '1 = 1' if workforce_source.as_of_text() == run_started_at.strftime('%Y-%m-%d') else '1 = 0' }}
{%- endmacro %}

{% macro as_of_text() -%}
  {%- set given = var('workforce_as_of') | string | trim -%}
  {%- if given and not modules.re.match('^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$', given) -%}
    {{ exceptions.raise_compiler_error("The variable workforce_as_of is a date such as 2026-11-24, not: " ~ given) }}
  {%- endif -%}
  {{ return(given or run_started_at.strftime('%Y-%m-%d')) }}
{%- endmacro %}
