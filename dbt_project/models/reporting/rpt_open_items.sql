with open_items as (
    select * from {{ ref('fct_open_items') }}
),

customers as (
    select * from {{ ref('dim_customers') }}
),

disputed_documents as (
    select document_number
    from {{ ref('fct_disputes') }}
    where resolved_date is null or resolved_date > {{ as_of_date() }}
    group by document_number
),

rejected_documents as (
    select document_number from {{ ref('fct_invoice_rejections') }}
    group by document_number
),

versions as (
    select * from {{ ref('int_subject_versions') }}
),

final as (
    select
        open_items.document_key,
        open_items.document_number,
        open_items.document_type,
        open_items.customer_key,
        customers.customer_name,
        open_items.legal_entity_id,
        open_items.currency_code,
        open_items.original_amount,
        open_items.applied_amount,
        open_items.credited_amount,
        open_items.open_amount,
        open_items.days_overdue,
        open_items.aging_bucket,
        disputed_documents.document_number is not null as is_disputed,
        rejected_documents.document_number is not null as is_rejected,
        coalesce(versions.version, 0) as version,
        open_items.document_date,
        open_items.due_date
    from open_items
    left join customers on open_items.customer_key = customers.customer_key
    left join disputed_documents on open_items.document_number = disputed_documents.document_number
    left join rejected_documents on open_items.document_number = rejected_documents.document_number
    left join versions on open_items.document_key = versions.subject_key
)

select * from final
