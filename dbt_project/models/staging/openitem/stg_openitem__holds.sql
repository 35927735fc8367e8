with decisions as (
    select *
    from {{ ref('stg_openitem__decisions') }}
    where kind in ('reminder_held', 'reminder_released', 'order_released', 'credit_released')
),

final as (
    select
        decision_key,
        subject_kind,
        subject_key,
        kind,
        reason_code,
        actor,
        sequence,
        business_date
    from decisions
)

select * from final
