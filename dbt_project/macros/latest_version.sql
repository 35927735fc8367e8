{#-
    Raw rows known by the as-of date with, per object: `version_rank` (1 = the last version), `first_received_at` (when
    the object was first seen), `last_received_at`. A source delivers an object again when it changes, and sometimes
    when it does not; the last by (order_by, arrival, row) is the one that counts.
-#}
{% macro latest_version(relation, key_columns, order_by=[]) -%}
    select
        delivered.*,
        row_number() over (
            partition by {{ key_columns | join(', ') }}
            order by {% for column in order_by %}{{ column }} desc nulls last, {% endfor %}_received_at desc, _source_file desc, _row_number desc
        ) as version_rank,
        min(_received_at) over (partition by {{ key_columns | join(', ') }}) as first_received_at
    from {{ relation }} as delivered
    where {{ known_by_as_of() }}
{%- endmacro %}


{#-
    Raw rows of a list inside an object (the lines of an invoice), of the object's last version only: a line that a
    later version dropped is gone. `line_columns` tell two lines of one object apart.
-#}
{% macro latest_lines(relation, parent_columns, line_columns, order_by=[]) -%}
    select *
    from (
        select
            delivered.*,
            rank() over (
                partition by {{ parent_columns | join(', ') }}
                order by {% for column in order_by %}{{ column }} desc nulls last, {% endfor %}_received_at desc, _source_file desc
            ) as version_rank,
            row_number() over (
                partition by {{ (parent_columns + line_columns) | join(', ') }}
                order by {% for column in order_by %}{{ column }} desc nulls last, {% endfor %}_received_at desc, _source_file desc, _row_number desc
            ) as delivery_rank,
            min(_received_at) over (partition by {{ (parent_columns + line_columns) | join(', ') }}) as first_received_at
        from {{ relation }} as delivered
        where {{ known_by_as_of() }}
    ) as ranked
    where version_rank = 1 and delivery_rank = 1
{%- endmacro %}


{#-
    History of an object that changes: one row per day on which a newer version of it arrived, with `version_number`,
    `known_date`, `superseded_date` (when the next one arrived; null = the last version) and `first_received_at`.
    An older version that arrives late supersedes nothing.
-#}
{% macro daily_versions(relation, key_columns, changed_at) -%}
    {%- set keys = key_columns | join(', ') -%}
    select
        newer.*,
        row_number() over (partition by {{ keys }} order by known_date) as version_number,
        lead(known_date) over (partition by {{ keys }} order by known_date) as superseded_date,
        min(_received_at) over (partition by {{ keys }}) as first_received_at
    from (
        select
            last_of_day.*,
            max(changed_at_or_version) over (
                partition by {{ keys }} order by _received_at rows between unbounded preceding and current row
            ) as newest_so_far
        from (
            select
                delivered.*,
                cast(_received_at as date) as known_date,
                {{ changed_at }} as changed_at_or_version,
                row_number() over (
                    partition by {{ keys }}, cast(_received_at as date)
                    order by {{ changed_at }} desc nulls last, _received_at desc, _source_file desc, _row_number desc
                ) as day_rank
            from {{ relation }} as delivered
            where {{ known_by_as_of() }}
        ) as last_of_day
        where day_rank = 1
    ) as newer
    where newest_so_far is null or changed_at_or_version >= newest_so_far
{%- endmacro %}


{#- The two columns every fact carries: when it was first received, and that day. -#}
{% macro known_columns(received_at='first_received_at') -%}
    cast({{ received_at }} as timestamp) as known_at,
    cast({{ received_at }} as date) as known_date
{%- endmacro %}
