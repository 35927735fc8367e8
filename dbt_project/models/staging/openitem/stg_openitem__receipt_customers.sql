with decisions as (
    select *
    from {{ ref('stg_openitem__decisions') }}
    where kind in ('cash_applied', 'cash_on_account', 'match_confirmed', 'match_changed')
),

final as (
    select
        decision_key,
        subject_key as receipt_key,
        {{ json_text('payload', 'customer_key') }} as customer_key,
        sequence,
        business_date
    from decisions
    where {{ json_text('payload', 'customer_key') }} is not null
)

select * from final
