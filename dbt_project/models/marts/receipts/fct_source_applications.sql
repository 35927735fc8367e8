with payments as (
    select * from {{ ref('stg_quickbooks__payments') }}
    where bank_reference is null and payment_amount > 0
),

payment_lines as (
    select * from {{ ref('stg_quickbooks__payment_lines') }}
    where lower(linked_document_type) = 'invoice'
),

table_receipts as (
    select * from {{ ref('stg_table__receipts') }}
),

table_applications as (
    select * from {{ ref('stg_table__applications') }}
),

documents as (
    select * from {{ ref('int_documents_from_sources') }}
),

applications as (
    select
        'quickbooks' as source_system,
        {{ surrogate_key(["'quickbooks'", 'payments.realm', 'payments.payment_id']) }} as receipt_key,
        documents.ledger_document_key as document_key,
        payment_lines.applied_amount,
        payments.currency_code,
        payments.payment_date as effective_date,
        greatest(payment_lines.known_date, documents.known_date) as known_date
    from payment_lines
    inner join payments
        on payment_lines.realm = payments.realm
        and payment_lines.payment_id = payments.payment_id
    inner join documents
        on documents.source_system = 'quickbooks'
        and documents.source_document_id = 'invoice ' || payment_lines.realm || ':' || payment_lines.linked_document_id

    union all

    select
        table_applications.source_system,
        {{ surrogate_key(['table_applications.source_system', 'table_applications.receipt_id']) }} as receipt_key,
        documents.ledger_document_key as document_key,
        table_applications.applied_amount,
        table_receipts.currency_code,
        table_applications.applied_date as effective_date,
        greatest(table_applications.known_date, documents.known_date) as known_date
    from table_applications
    inner join table_receipts
        on table_applications.source_system = table_receipts.source_system
        and table_applications.receipt_id = table_receipts.receipt_id
    inner join documents
        on table_applications.source_system = documents.source_system
        and table_applications.document_number = documents.source_document_id
),

final as (
    select
        {{ surrogate_key(['source_system', 'receipt_key', 'document_key', 'effective_date']) }} as application_key,
        receipt_key,
        document_key,
        {{ money_sum('applied_amount') }} as applied_amount,
        currency_code,
        effective_date,
        source_system,
        min(known_date) as known_date
    from applications
    group by source_system, receipt_key, document_key, currency_code, effective_date
)

select * from final
