{# What a row refers to is there: joined on the whole key, whose columns have the same names here. #}
{% test relationships_by_key(model, column_name, to, columns) %}
select m.{{ columns | join(', m.') }}
from {{ model }} m
left join {{ to }} t
  on {% for name in columns %}t.{{ name }} = m.{{ name }}{% if not loop.last %} and {% endif %}{% endfor %}
where m.{{ column_name }} is not null and t.{{ column_name }} is null
{% endtest %}
