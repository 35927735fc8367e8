with documents_from_sources as (
    select * from {{ ref('int_documents_from_sources') }}
),

issued_here as (
    select * from {{ ref('stg_openitem__credit_memos') }}
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
    where document_type = 'credit_memo' and not is_echo

    union all

    select
        {{ document_key("'openitem'", 'legal_entity_id', 'document_number') }} as document_key,
        document_number,
        'openitem' as source_system,
        legal_entity_id,
        customer_key,
        currency_code,
        credit_memo_date,
        net_amount,
        tax_amount,
        cast(0 as {{ type_amount() }}) as rounding_amount,
        total_amount,
        credits_document_key,
        reason_code as reason,
        order_number,
        false as is_cancelled,
        cast(null as date) as cancelled_known_date,
        known_at,
        known_date
    from issued_here
)

select * from final
