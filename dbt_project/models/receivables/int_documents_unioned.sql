with invoices as (
    select * from {{ ref('fct_invoices') }}
),

credit_memos as (
    select * from {{ ref('fct_credit_memos') }}
),

amendments as (
    select
        document_key,
        max(superseded_date) as amended_date
    from {{ ref('int_document_amendments') }}
    group by document_key
),

documents as (
    select
        document_key,
        document_number,
        'invoice' as document_type,
        source_system,
        legal_entity_id,
        customer_key,
        currency_code,
        billing_key,
        cast(null as {{ dbt.type_string() }}) as credits_document_key,
        total_amount,
        is_cancelled,
        invoice_date as document_date,
        due_date,
        known_date,
        cancelled_known_date
    from invoices

    union all

    select
        document_key,
        document_number,
        'credit_memo' as document_type,
        source_system,
        legal_entity_id,
        customer_key,
        currency_code,
        cast(null as {{ dbt.type_string() }}) as billing_key,
        credits_document_key,
        total_amount,
        is_cancelled,
        credit_memo_date as document_date,
        cast(null as date) as due_date,
        known_date,
        cancelled_known_date
    from credit_memos
),

final as (
    select
        documents.document_key,
        documents.document_number,
        documents.document_type,
        documents.source_system,
        documents.legal_entity_id,
        documents.customer_key,
        documents.currency_code,
        documents.billing_key,
        documents.credits_document_key,
        documents.total_amount,
        documents.is_cancelled,
        documents.document_date,
        documents.due_date,
        documents.known_date,
        amendments.amended_date,
        documents.cancelled_known_date
    from documents
    left join amendments on documents.document_key = amendments.document_key
)

select * from final
