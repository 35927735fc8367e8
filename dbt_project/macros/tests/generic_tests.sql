{#- Our own generic tests; each returns the rows that are wrong. -#}

{#-
    The grain: no two rows share the columns, and none of them is null; nor is any of the `filled` columns, which the answer
    counts one by one. One test for both: a node of dbt costs more than the question.
-#}
{% test unique_combination(model, columns, filled=[]) %}
select
    {{ columns | join(', ') }},
    {% for column in filled -%}
    sum(case when {{ column }} is null then 1 else 0 end) as {{ column }}_missing_count,
    {% endfor -%}
    count(*) as row_count
from {{ model }}
group by {{ columns | join(', ') }}
having
    count(*) > 1
    {% for column in columns %}or {{ column }} is null {% endfor %}
    {% for column in filled %}or count({{ column }}) < count(*) {% endfor %}
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
