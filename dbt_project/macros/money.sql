{#-
    Money in SQL. DuckDB widens sum() to decimal(38, 3) and makes doubles of `/` and avg(); these give the amount
    type back, exactly, and say where something is rounded.
-#}

{% macro money_sum(expression) -%}
    cast(coalesce(sum({{ expression }}), 0) as {{ type_amount() }})
{%- endmacro %}


{#-
    An amount in the group's currency, to the cent, half away from zero: the project's one rounding rule. `rate` is units
    of the amount's currency for one of the group's; at 1 nothing changes, so that the third decimal of a dinar stays.
-#}
{% macro money_in_group_currency(amount, rate) -%}
    case when {{ rate }} = 1 then {{ amount }} else {{ exact_quotient(amount, rate, 2, type_amount()) }} end
{%- endmacro %}
