{#- JSON is unpacked here and nowhere else. Numbers in decisions are text, so nothing passes through a double. -#}

{#- The text under a key (or a path of keys, `draft.lines`) of a JSON object; null when the key is missing, null or empty. -#}
{% macro json_text(column, key) -%}
    {{ return(adapter.dispatch('json_text')(column, key)) }}
{%- endmacro %}

{% macro duckdb__json_text(column, key) -%}
    nullif(json_extract_string({{ column }}, '$.{{ key }}'), '')
{%- endmacro %}

{% macro postgres__json_text(column, key) -%}
    nullif(cast({{ column }} as jsonb) #>> '{{ '{' ~ key | replace('.', ',') ~ '}' }}', '')
{%- endmacro %}

{% macro default__json_text(column, key) -%}
    nullif(get_json_object({{ column }}, '$.{{ key }}'), '')
{%- endmacro %}


{#- The text under a key, typed exactly. -#}
{% macro json_amount(column, key) -%}
    cast({{ json_text(column, key) }} as {{ type_amount() }})
{%- endmacro %}

{% macro json_quantity(column, key) -%}
    cast({{ json_text(column, key) }} as {{ type_quantity() }})
{%- endmacro %}

{% macro json_date(column, key) -%}
    cast(substring({{ json_text(column, key) }}, 1, 10) as date)
{%- endmacro %}

{% macro json_integer(column, key) -%}
    cast({{ json_text(column, key) }} as integer)
{%- endmacro %}


{#- Join clause that gives one row per element of the list under a key, as `element` and its number `element_position`. -#}
{% macro join_json_elements(column, key) -%}
    {{ return(adapter.dispatch('join_json_elements')(column, key)) }}
{%- endmacro %}

{% macro duckdb__join_json_elements(column, key) -%}
    cross join unnest(json_extract({{ column }}, '$.{{ key }}[*]')) with ordinality as elements(element, element_position)
{%- endmacro %}

{% macro postgres__join_json_elements(column, key) -%}
    cross join lateral jsonb_array_elements(cast({{ column }} as jsonb) -> '{{ key }}') with ordinality as elements(element, element_position)
{%- endmacro %}

{% macro default__join_json_elements(column, key) -%}
    lateral view posexplode(from_json(get_json_object({{ column }}, '$.{{ key }}'), 'array<string>')) elements as element_position, element
{%- endmacro %}
