{#- Our own generic tests; each returns the rows that are wrong. -#}

{#- The grain: no two rows share the columns, and none of them is null. -#}
{% test unique_combination(model, columns) %}
select
    {{ columns | join(', ') }},
    count(*) as row_count
from {{ model }}
group by {{ columns | join(', ') }}
having count(*) > 1{% for column in columns %} or {{ column }} is null{% endfor %}
{% endtest %}


{#- One test for all columns of a model that must be filled. -#}
{% test columns_not_null(model, columns) %}
select *
from {{ model }}
where {% for column in columns %}{{ "or " if not loop.first }}{{ column }} is null {% endfor %}
{% endtest %}


{#- True for every row. A null verdict counts as wrong. -#}
{% test expression_is_true(model, expression, column_name=none) %}
select *
from {{ model }}
where not coalesce(({{ (column_name ~ ' ') if column_name else '' }}{{ expression }}), false)
{% endtest %}


{% test not_negative(model, columns) %}
select *
from {{ model }}
where {% for column in columns %}{{ "or " if not loop.first }}{{ column }} < 0 {% endfor %}
{% endtest %}


{#- Every value of the column exists in the other relation; null is allowed. -#}
{% test exists_in(model, column_name, to, field) %}
select child.{{ column_name }}
from {{ model }} as child
left join {{ to }} as parent on child.{{ column_name }} = parent.{{ field }}
where child.{{ column_name }} is not null and parent.{{ field }} is null
{% endtest %}
