{# What a row refers to is there: joined on the whole key, whose columns have the same names here. #}
{% test leads_to(model, column_name, to, key) %}
select m.{{ key | join(', m.') }}
from {{ model }} m
left join {{ to }} t
  on {% for name in key %}t.{{ name }} = m.{{ name }}{% if not loop.last %} and {% endif %}{% endfor %}
where m.{{ column_name }} is not null and t.{{ column_name }} is null
{% endtest %}
