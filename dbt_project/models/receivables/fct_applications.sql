with applications as (
    select * from {{ ref('int_applications_unioned') }}
),

final as (
    select
        application_key,
        receipt_key,
        document_key,
        decision_key,
        currency_code,
        source,
        rule,
        applied_amount,
        effective_date,
        known_date
    from applications
    where is_live
)

select * from final
