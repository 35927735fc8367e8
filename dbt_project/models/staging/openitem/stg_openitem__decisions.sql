with source as (
    select * from {{ source('openitem', 'openitem__decisions') }}
),

final as (
    select
        cast({{ to_text('sequence') }} as bigint) as sequence,
        decision_key,
        kind,
        subject_kind,
        subject_key,
        occurrence,
        actor_kind,
        actor,
        {{ to_text('reason_code') }} as reason_code,
        payload,
        evidence,
        {{ to_text('run_key') }} as run_key,
        {{ to_text('policy_digest') }} as policy_digest,
        hash,
        {{ to_date('business_date') }} as business_date,
        {{ to_timestamp('recorded_at') }} as recorded_at
    from source
    where {{ to_date('business_date') }} <= {{ as_of_date() }}
)

select * from final
