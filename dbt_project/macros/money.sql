{#-
    Money in SQL. DuckDB widens sum() to decimal(38, 3) and makes doubles of `/` and avg(); these give the amount
    type back, exactly, and say where something is rounded.
-#}

{% macro money_sum(expression) -%}
    cast(coalesce(sum({{ expression }}), 0) as {{ type_amount() }})
{%- endmacro %}


{#- Rounded half away from zero to `digits` places: the project's one rounding rule. -#}
{% macro money_multiply(amount, factor, digits=2) -%}
    cast(round(cast({{ amount }} as decimal(18, 3)) * cast({{ factor }} as decimal(20, 10)), {{ digits }}) as {{ type_amount() }})
{%- endmacro %}


{#- Rounded half away from zero to `digits` places; null when the divisor is zero. -#}
{% macro money_divide(amount, divisor, digits=2) -%}
    {{ exact_quotient(amount, divisor, digits, type_amount()) }}
{%- endmacro %}
