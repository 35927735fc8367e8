{#-
    Text of a source → exact types. The empty text is null; anything that cannot be held exactly stops the build:
    extraction rejects such rows with a reason, so one that gets here is a fault of ours.
-#}

{% macro type_amount() -%} decimal(18, 3) {%- endmacro %}

{% macro type_quantity() -%} decimal(28, 10) {%- endmacro %}


{% macro to_text(column) -%}
    nullif(trim({{ column }}), '')
{%- endmacro %}


{% macro to_amount(column) -%}
    {{ to_exact_decimal(column, type_amount()) }}
{%- endmacro %}


{#- Quantities, unit prices and rates. -#}
{% macro to_quantity(column) -%}
    {{ to_exact_decimal(column, type_quantity()) }}
{%- endmacro %}


{% macro to_exact_decimal(column, type) -%}
    {{ return(adapter.dispatch('to_exact_decimal')(column, type)) }}
{%- endmacro %}

{#- A cast alone would round silently: '1.2345' becomes 1.235. -#}
{% macro duckdb__to_exact_decimal(column, type) -%}
    case
        when {{ to_text(column) }} is null then null
        when cast({{ to_text(column) }} as decimal(38, 14)) = cast({{ to_text(column) }} as {{ type }})
            then cast({{ to_text(column) }} as {{ type }})
        else cast(error('`' || {{ column }} || '` in column {{ column }} has more decimals than {{ type }} holds') as {{ type }})
    end
{%- endmacro %}

{% macro default__to_exact_decimal(column, type) -%}
    cast({{ to_text(column) }} as {{ type }})
{%- endmacro %}


{% macro to_integer(column) -%}
    cast({{ to_text(column) }} as integer)
{%- endmacro %}


{% macro to_boolean(column) -%}
    cast({{ to_text(column) }} as boolean)
{%- endmacro %}


{#- A calendar date as the source wrote it; of a timestamp's text, the day in front. -#}
{% macro to_date(column) -%}
    cast(substring({{ to_text(column) }}, 1, 10) as date)
{%- endmacro %}


{#- A moment in UTC. Text with an offset is converted; text without one is UTC already. -#}
{% macro to_timestamp(column) -%}
    {{ return(adapter.dispatch('to_timestamp')(column)) }}
{%- endmacro %}

{#- DuckDB 2 casts '…T08:00:00-08:00' to a plain timestamp by dropping the offset; so by way of a zoned one. -#}
{% macro duckdb__to_timestamp(column) -%}
    cast(cast({{ to_text(column) }} as timestamptz) at time zone 'UTC' as timestamp)
{%- endmacro %}

{% macro default__to_timestamp(column) -%}
    cast({{ to_text(column) }} as timestamp)
{%- endmacro %}


{#- The business day of a UTC moment where the legal entity is: days end in its time zone.
    Midnight in UTC is how a source's plain date reads: it has no hour, so it is that date everywhere. -#}
{% macro local_date(moment, time_zone) -%}
    case
        when {{ moment }} = cast(cast({{ moment }} as date) as timestamp) then cast({{ moment }} as date)
        else {{ adapter.dispatch('local_date')(moment, time_zone) }}
    end
{%- endmacro %}

{% macro duckdb__local_date(moment, time_zone) -%}
    cast(({{ moment }} at time zone 'UTC') at time zone coalesce({{ time_zone }}, 'UTC') as date)
{%- endmacro %}

{% macro spark__local_date(moment, time_zone) -%}
    cast(from_utc_timestamp({{ moment }}, coalesce({{ time_zone }}, 'UTC')) as date)
{%- endmacro %}

{% macro default__local_date(moment, time_zone) -%}
    cast(({{ moment }} at time zone 'UTC') at time zone coalesce({{ time_zone }}, 'UTC') as date)
{%- endmacro %}


{#- A name without case, accents, spaces and punctuation, to compare names of one party across systems. -#}
{% macro normalised_name(column) -%}
    {{ return(adapter.dispatch('normalised_name')(column)) }}
{%- endmacro %}

{% macro duckdb__normalised_name(column) -%}
    nullif(regexp_replace(lower(strip_accents({{ column }})), '[^\p{L}\p{N}]', '', 'g'), '')
{%- endmacro %}

{% macro default__normalised_name(column) -%}
    nullif(regexp_replace(lower({{ column }}), '[^\\p{L}\\p{N}]', ''), '')
{%- endmacro %}


{#- An id such as a tax id or an account number without spaces, dots and dashes, in capitals. -#}
{% macro normalised_id(column) -%}
    {{ return(adapter.dispatch('normalised_id')(column)) }}
{%- endmacro %}

{% macro duckdb__normalised_id(column) -%}
    nullif(regexp_replace(upper({{ column }}), '[^A-Z0-9]', '', 'g'), '')
{%- endmacro %}

{% macro default__normalised_id(column) -%}
    nullif(regexp_replace(upper({{ column }}), '[^A-Z0-9]', ''), '')
{%- endmacro %}


{% macro matches_pattern(column, pattern) -%}
    {{ return(adapter.dispatch('matches_pattern')(column, pattern)) }}
{%- endmacro %}

{% macro duckdb__matches_pattern(column, pattern) -%}
    coalesce(regexp_matches({{ column }}, '{{ pattern }}'), false)
{%- endmacro %}

{% macro default__matches_pattern(column, pattern) -%}
    coalesce({{ column }} rlike '{{ pattern }}', false)
{%- endmacro %}


{#- Whether a text looks like an e-mail address; delivery looks closer before it sends. -#}
{% macro is_email_address(column) -%}
    {{ matches_pattern(column, '^[^@ ]+@[^@ ]+[.][^@ .]+$') }}
{%- endmacro %}
