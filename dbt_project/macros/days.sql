{#- The day so many days later (or earlier, when negative), as a date. -#}
{% macro days_after(day, days) -%}
    cast({{ dbt.dateadd('day', days, day) }} as date)
{%- endmacro %}


{#- The last moment of a business day: when what was decided on it counts as known. -#}
{% macro end_of_day(day) -%}
    cast({{ dbt.dateadd('second', 86399, 'cast(' ~ day ~ ' as timestamp)') }} as timestamp)
{%- endmacro %}


{#- The last second of a day where somebody is, as a moment in UTC; in UTC where nobody knows the zone. -#}
{% macro end_of_local_day(day, time_zone) -%}
    {{ adapter.dispatch('end_of_local_day')(day, time_zone) }}
{%- endmacro %}

{% macro default__end_of_local_day(day, time_zone) -%}
    cast(({{ end_of_day(day) }} at time zone coalesce({{ time_zone }}, 'UTC')) at time zone 'UTC' as timestamp)
{%- endmacro %}

{% macro spark__end_of_local_day(day, time_zone) -%}
    to_utc_timestamp({{ end_of_day(day) }}, coalesce({{ time_zone }}, 'UTC'))
{%- endmacro %}


{#- Whole minutes between two moments, as hours with two decimals. -#}
{% macro hours_between(start_at, end_at) -%}
    {{ exact_quotient(dbt.datediff(start_at, end_at, 'minute'), 60, 2, 'decimal(18, 2)') }}
{%- endmacro %}

