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


{#-
    An exact number as an amount of its currency: half away from zero to its minor unit, the rounding rule of documents.
    Null for what no amount can hold.
-#}
{% macro round_to_minor_unit(number, minor_unit_digits) -%}
    case
        when abs({{ number }}) >= 100000000000000 then null
        when {{ minor_unit_digits }} = 0 then cast(round({{ number }}, 0) as {{ type_amount() }})
        when {{ minor_unit_digits }} = 3 then cast(round({{ number }}, 3) as {{ type_amount() }})
        else cast(round({{ number }}, 2) as {{ type_amount() }})
    end
{%- endmacro %}


{#- What so many units cost, as a document's line would say; null for what no amount can hold. -#}
{% macro line_amount(quantity, unit_price, minor_unit_digits) -%}
    case
        when abs({{ quantity }}) < 100000000 and abs({{ unit_price }}) < 10000000000
            then {{ round_to_minor_unit(quantity ~ ' * ' ~ unit_price, minor_unit_digits) }}
    end
{%- endmacro %}
