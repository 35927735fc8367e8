with source as (
    select * from {{ source('openitem', 'openitem__outbox_events') }}
),

final as (
    select
        outbox_key,
        kind,
        cast({{ to_text('attempt') }} as integer) as attempt,
        detail,
        {{ to_timestamp('recorded_at') }} as recorded_at
    from source
)

select * from final
