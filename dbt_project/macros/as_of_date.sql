{#- The last business day of the run's window: "today" for every model. No model reads a clock. -#}
{% macro as_of_date() -%}
    (select run_window.end_date from {{ source('control', 'run_window') }} as run_window)
{%- endmacro %}


{#- True for raw rows that had arrived by the close of the as-of date, so that a rebuild of the past sees the past. -#}
{% macro known_by_as_of(received_at='_received_at') -%}
    cast({{ received_at }} as date) <= {{ as_of_date() }}
{%- endmacro %}
