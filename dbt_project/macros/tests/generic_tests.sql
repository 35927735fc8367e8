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


{% test accepted_range(model, column_name, minimum=none, maximum=none) %}
select *
from {{ model }}
where false
    {%- if minimum is not none %} or {{ column_name }} < {{ minimum }}{% endif %}
    {%- if maximum is not none %} or {{ column_name }} > {{ maximum }}{% endif %}
{% endtest %}


{% test not_negative(model, columns) %}
select *
from {{ model }}
where {% for column in columns %}{{ "or " if not loop.first }}{{ column }} < 0 {% endfor %}
{% endtest %}


{#-
    The sum of an expression equals that of another relation, per group, to the last digit. A group that only one
    side has counts as zero on the other.
-#}
{% test sums_equal(model, expression, to, to_expression, group_by=['currency_code'], condition='true', to_condition='true') %}
with left_sums as (
    select {{ group_by | join(', ') }}, sum({{ expression }}) as summed from {{ model }} where {{ condition }} group by {{ group_by | join(', ') }}
),

right_sums as (
    select {{ group_by | join(', ') }}, sum({{ to_expression }}) as summed from {{ to }} where {{ to_condition }} group by {{ group_by | join(', ') }}
),

both_sides as (
    select {{ group_by | join(', ') }}, summed as left_sum, 0 as right_sum from left_sums
    union all
    select {{ group_by | join(', ') }}, 0 as left_sum, summed as right_sum from right_sums
)

select {{ group_by | join(', ') }}, sum(left_sum) as left_sum, sum(right_sum) as right_sum
from both_sides
group by {{ group_by | join(', ') }}
having sum(left_sum) <> sum(right_sum)
{% endtest %}


{#- Every value of the column exists in the other relation; null is allowed. -#}
{% test exists_in(model, column_name, to, field) %}
select child.{{ column_name }}
from {{ model }} as child
left join {{ to }} as parent on child.{{ column_name }} = parent.{{ field }}
where child.{{ column_name }} is not null and parent.{{ field }} is null
{% endtest %}
