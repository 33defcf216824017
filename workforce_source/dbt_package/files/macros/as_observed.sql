{# A raw table as of the end of the day (UTC) of `workforce_as_of`: of today, or of a dataset that keeps no history, the
   table of now; of a day before, the versions that the last run of that day saw, 8 days before its end at most. #}

{% macro as_observed(table) -%}
  {%- set now = source('workforce_source', table) -%}
  {%- set versions = source('workforce_source', table ~ '_history') -%}
  {%- set runs = source('workforce_source', 'history_observations') -%}
  {%- if workforce_source.is_observed(runs) -%}
    (
    select
      {{- workforce_source.columns_as_observed(table) }}
    from {{ versions }} v
    join (
      select organization_id, max(observed_at) as observed_at
      from {{ runs }}
      where complete and observed_at < {{ workforce_source.days_after_as_of(1) }}
      group by organization_id
    ) o on o.organization_id = v.organization_id
    where o.observed_at >= {{ workforce_source.days_after_as_of(-7) }}
      and v.valid_from <= o.observed_at
      and (v.valid_to is null or v.valid_to > o.observed_at)
    )
  {%- else -%}
    {{ now }}
  {%- endif -%}
{%- endmacro %}

{# Whether versions are read; a day that nobody observed is refused, with those there are. #}
{% macro is_observed(runs) -%}
  {%- set as_of = workforce_source.as_of_text() -%}
  {%- if not execute or as_of >= run_started_at.strftime('%Y-%m-%d') or load_relation(runs) is none -%}
    {{ return(false) }}
  {%- endif -%}
  {%- set asked -%}
    select {{ workforce_source.utc_date('min(observed_at)') }}, {{ workforce_source.utc_date('max(observed_at)') }},
      count(case when observed_at >= {{ workforce_source.days_after_as_of(-7) }}
        and observed_at < {{ workforce_source.days_after_as_of(1) }} then 1 end)
    from {{ runs }}
    where complete
  {%- endset -%}
  {%- set first, last, seen = run_query(asked).rows[0].values() -%}
  {%- if first is none -%}
    {{ return(false) }}
  {%- endif -%}
  {%- if not seen -%}
    {{ exceptions.raise_compiler_error("What there was on " ~ as_of ~ " was not observed: history begins on " ~ first
       ~ ", was last kept on " ~ last ~ ", and no run kept it in the 8 days before. Choose a day it has.") }}
  {%- endif -%}
  {{ return(true) }}
{%- endmacro %}

{# The begin (UTC) of the day so many days after `workforce_as_of`. #}
{% macro days_after_as_of(days) -%}
  {%- set as_of = modules.datetime.datetime.strptime(workforce_source.as_of_text(), '%Y-%m-%d') -%}
  {%- set day = (as_of + modules.datetime.timedelta(days=days)).strftime('%Y-%m-%d') -%}
  cast('{{ day }} 00:00:00+00:00' as {{ workforce_source.type_timestamptz() }})
{%- endmacro %}
