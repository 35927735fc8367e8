{#- The day so many days later (or earlier, when negative), as a date. -#}
{% macro days_after(day, days) -%}
    cast({{ dbt.dateadd('day', days, day) }} as date)
{%- endmacro %}


{#- The last moment of a business day: when what was decided on it counts as known. -#}
{% macro end_of_day(day) -%}
    cast({{ dbt.dateadd('second', 86399, 'cast(' ~ day ~ ' as timestamp)') }} as timestamp)
{%- endmacro %}


{#- Whole minutes between two moments, as hours with two decimals. -#}
{% macro hours_between(start_at, end_at) -%}
    {{ exact_quotient(dbt.datediff(start_at, end_at, 'minute'), 60, 2, 'decimal(18, 2)') }}
{%- endmacro %}

