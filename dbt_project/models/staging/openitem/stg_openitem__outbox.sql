with source as (
    select * from {{ source('openitem', 'openitem__outbox') }}
),

final as (
    select
        outbox_key,
        decision_key,
        channel,
        recipient,
        subject_key,
        payload,
        {{ to_date('business_date') }} as business_date,
        {{ to_timestamp('recorded_at') }} as recorded_at
    from source
    where {{ to_date('business_date') }} <= {{ as_of_date() }}
)

select * from final
