with documents_from_sources as (
    select * from {{ ref('int_documents_from_sources') }}
),

final as (
    select
        document_key,
        document_number,
        source_system,
        legal_entity_id,
        customer_key,
        currency_code,
        document_date as credit_memo_date,
        net_amount,
        tax_amount,
        rounding_amount,
        total_amount,
        credits_document_key,
        reason,
        order_number,
        is_cancelled,
        cancelled_known_date,
        known_at,
        known_date
    from documents_from_sources
    where document_type = 'credit_memo'
)

select * from final
