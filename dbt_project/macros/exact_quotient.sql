{#-
    numerator / denominator, rounded half away from zero to `digits` places; null when the denominator is zero or null.
    DuckDB's `/` makes doubles of decimals, so there it is integer arithmetic on ten decimal places.
-#}
{% macro exact_quotient(numerator, denominator, digits, type) -%}
    {{ return(adapter.dispatch('exact_quotient')(numerator, denominator, digits, type)) }}
{%- endmacro %}

{% macro duckdb__exact_quotient(numerator, denominator, digits, type) -%}
    {%- set n -%} cast(cast({{ numerator }} as decimal(28, 10)) * 10000000000 as hugeint) {%- endset -%}
    {%- set d -%} cast(cast({{ denominator }} as decimal(28, 10)) * 10000000000 as hugeint) {%- endset -%}
    cast(
        cast(
            sign({{ n }}) * sign({{ d }})
            * ((2 * {{ 10 ** digits }} * abs({{ n }}) + abs({{ d }})) // nullif(2 * abs({{ d }}), 0))
            as decimal(38, 0)
        ) * cast('{{ '%.*f' | format(digits, 10 ** -digits) }}' as decimal({{ digits + 1 }}, {{ digits }}))
        as {{ type }}
    )
{%- endmacro %}

{% macro default__exact_quotient(numerator, denominator, digits, type) -%}
    cast(
        round(cast({{ numerator }} as decimal(28, 10)) / nullif(cast({{ denominator }} as decimal(28, 10)), 0), {{ digits }})
        as {{ type }}
    )
{%- endmacro %}
