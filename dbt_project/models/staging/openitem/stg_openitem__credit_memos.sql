with decisions as (
    select * from {{ ref('stg_openitem__decisions') }} where kind = 'credit_memo_issued'
),

final as (
    select
        subject_key as billing_key,
        {{ json_text('payload', 'document_number') }} as document_number,
        decision_key,
        {{ json_text('payload', 'legal_entity_id') }} as legal_entity_id,
        {{ json_text('payload', 'customer_key') }} as customer_key,
        {{ json_text('payload', 'order_number') }} as order_number,
        {{ json_text('payload', 'currency_code') }} as currency_code,
        {{ json_text('payload', 'credits_document_key') }} as credits_document_key,
        reason_code,
        {{ json_text('payload', 'lines') }} as lines,
        {{ json_amount('payload', 'net_amount') }} as net_amount,
        {{ json_amount('payload', 'tax_amount') }} as tax_amount,
        {{ json_amount('payload', 'total_amount') }} as total_amount,
        coalesce({{ json_text('payload', 'bills_again') }}, 'false') = 'true' as is_replaced,
        coalesce({{ json_date('payload', 'credit_memo_date') }}, business_date) as credit_memo_date,
        {{ end_of_day('business_date') }} as known_at,
        business_date as known_date
    from decisions
)

select * from final
