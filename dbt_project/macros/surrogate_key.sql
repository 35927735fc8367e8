{#-
    Our key of a natural key: md5 of the parts joined by the unit separator (chr 31), null as empty text.
    The parts cannot collide by concatenation. In Python: md5("\x1f".join(parts).encode()).hexdigest().
-#}
{% macro surrogate_key(parts) -%}
    md5(
        {%- for part in parts %}
        {{ "|| chr(31) || " if not loop.first }}coalesce(cast({{ part }} as {{ dbt.type_string() }}), '')
        {%- endfor %}
    )
{%- endmacro %}


{#- The key of a document. For documents issued here the source system is 'openitem'. -#}
{% macro document_key(source_system, legal_entity_id, document_number) -%}
    {{ surrogate_key([source_system, legal_entity_id, document_number]) }}
{%- endmacro %}
