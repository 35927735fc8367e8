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


{#- Null when the divisor is zero. Integer arithmetic in thousandths, so no double is made on the way. -#}
{% macro money_divide(amount, divisor, digits=2) -%}
    {{ return(adapter.dispatch('money_divide')(amount, divisor, digits)) }}
{%- endmacro %}

{% macro duckdb__money_divide(amount, divisor, digits=2) -%}
    {{ exact_ratio(amount, divisor, digits, type_amount()) }}
{%- endmacro %}

{% macro default__money_divide(amount, divisor, digits=2) -%}
    cast(round(cast({{ amount }} as decimal(28, 6)) / nullif(cast({{ divisor }} as decimal(28, 6)), 0), {{ digits }}) as {{ type_amount() }})
{%- endmacro %}


{#- amount / divisor rounded half away from zero to `digits` places, through whole numbers of thousandths. -#}
{% macro exact_ratio(amount, divisor, digits=2, type='decimal(18, 2)') -%}
    {%- set numerator -%} cast(cast({{ amount }} as decimal(28, 3)) * 1000 as hugeint) * {{ 10 ** digits }} {%- endset -%}
    {%- set denominator -%} nullif(cast(cast({{ divisor }} as decimal(28, 3)) * 1000 as hugeint), 0) {%- endset -%}
    cast(
        cast(
            sign({{ numerator }}) * sign({{ denominator }})
            * ((2 * abs({{ numerator }}) + abs({{ denominator }})) // (2 * abs({{ denominator }})))
            as decimal(30, 0)
        ) * cast('{{ '%0.*f' | format(digits, 10 ** (-digits)) }}' as decimal({{ digits + 1 }}, {{ digits }}))
        as {{ type }}
    )
{%- endmacro %}
