with decisions as (
    select * from {{ ref('stg_openitem__decisions') }} where kind = 'promise_recorded'
),

final as (
    select
        decision_key,
        subject_key as document_key,
        {{ json_amount('payload', 'promised_amount') }} as promised_amount,
        actor,
        sequence,
        {{ json_date('payload', 'promised_date') }} as promised_date,
        business_date as known_date
    from decisions
)

select * from final
