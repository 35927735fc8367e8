with open_items as (
    select * from {{ ref('fct_open_items') }}
),

customers as (
    select * from {{ ref('dim_customers') }}
),

objections as (
    select * from {{ ref('int_objections_matched_to_invoices') }}
),

disputes as (
    select * from {{ ref('fct_disputes') }}
),

disputed_documents as (
    select objections.document_key
    from objections
    inner join disputes on objections.objection_key = disputes.dispute_key
    where
        objections.objection_kind = 'dispute'
        and (disputes.resolved_date is null or disputes.resolved_date > {{ as_of_date() }})
    group by objections.document_key
),

rejected_documents as (
    select document_key from objections
    where objection_kind = 'rejection'
    group by document_key
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
        disputed_documents.document_key is not null as is_disputed,
        rejected_documents.document_key is not null as is_rejected,
        coalesce(versions.version, 0) as version,
        open_items.document_date,
        open_items.due_date
    from open_items
    left join customers on open_items.customer_key = customers.customer_key
    left join disputed_documents on open_items.document_key = disputed_documents.document_key
    left join rejected_documents on open_items.document_key = rejected_documents.document_key
    left join versions on open_items.document_key = versions.subject_key
)

select * from final
