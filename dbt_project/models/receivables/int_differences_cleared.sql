with differences as (
    select * from {{ ref('stg_openitem__differences') }} where clears_document
),

undone_decisions as (
    select * from {{ ref('stg_openitem__undone_decisions') }}
),

receipts as (
    select * from {{ ref('fct_receipts') }}
),

documents as (
    select * from {{ ref('int_documents_unioned') }}
),

-- A difference holds as long as the application beside which it was accepted.
dated as (
    select
        {{ surrogate_key(['differences.decision_key', 'differences.difference_position']) }} as difference_key,
        differences.decision_key,
        differences.receipt_key,
        differences.document_key,
        documents.customer_key,
        documents.legal_entity_id,
        receipts.currency_code,
        differences.difference_kind,
        case
            when differences.difference_kind in ('cash_discount', 'unearned_discount') then 'cash_discount'
            when differences.difference_kind = 'withholding_tax' then 'withholding'
            when differences.difference_kind = 'bank_fee' then 'fee_absorbed'
            else 'write_off'
        end as entry_kind,
        differences.difference_amount,
        receipts.is_returned,
        greatest(receipts.value_date, documents.document_date) as effective_date,
        greatest(differences.business_date, receipts.known_date, documents.known_date) as known_date,
        case
            when documents.is_cancelled
                then least(coalesce(undone_decisions.undone_date, documents.cancelled_known_date), documents.cancelled_known_date)
            else undone_decisions.undone_date
        end as undone_date,
        receipts.returned_date,
        receipts.returned_known_date
    from differences
    inner join receipts on differences.receipt_key = receipts.receipt_key
    inner join documents on differences.document_key = documents.document_key
    left join undone_decisions on differences.decision_key = undone_decisions.undone_decision_key
),

final as (
    select
        *,
        undone_date is null and not is_returned as is_live
    from dated
)

select * from final
