with invoices as (
    select * from {{ ref('fct_invoices') }}
),

platform_rejections as (
    select document_number
    from {{ ref('fct_invoice_rejections') }}
    where rejection_status = 'rejected_by_platform'
    group by document_number
),

buyer_refusals as (
    select document_number
    from {{ ref('fct_invoice_rejections') }}
    where rejection_status = 'refused_by_buyer'
    group by document_number
),

disputed_documents as (
    select document_number from {{ ref('fct_disputes') }} group by document_number
),

marked as (
    select
        cast({{ dbt.date_trunc('month', 'invoices.invoice_date') }} as date) as cohort_month,
        invoices.legal_entity_id,
        case when platform_rejections.document_number is not null then 1 else 0 end as is_rejected_by_platform,
        case when buyer_refusals.document_number is not null then 1 else 0 end as is_refused_by_buyer,
        case when disputed_documents.document_number is not null then 1 else 0 end as is_disputed,
        case
            when platform_rejections.document_number is not null or buyer_refusals.document_number is not null then 1
            else 0
        end as is_rejected
    from invoices
    left join platform_rejections on invoices.document_number = platform_rejections.document_number
    left join buyer_refusals on invoices.document_number = buyer_refusals.document_number
    left join disputed_documents on invoices.document_number = disputed_documents.document_number
    -- Delivered: what stands, and what was cancelled after somebody outside had answered it. A refused invoice that is
    -- cancelled and issued anew is a rejection still.
    where
        not invoices.is_cancelled
        or platform_rejections.document_number is not null
        or buyer_refusals.document_number is not null
        or disputed_documents.document_number is not null
),

counted as (
    select
        cohort_month,
        legal_entity_id,
        cast(count(*) as integer) as invoice_count,
        cast(sum(is_rejected_by_platform) as integer) as rejected_by_platform_count,
        cast(sum(is_refused_by_buyer) as integer) as refused_by_buyer_count,
        cast(sum(is_rejected) as integer) as rejected_count,
        cast(sum(is_disputed) as integer) as disputed_count
    from marked
    group by cohort_month, legal_entity_id
),

final as (
    select
        cohort_month,
        legal_entity_id,
        invoice_count,
        rejected_by_platform_count,
        refused_by_buyer_count,
        rejected_count,
        disputed_count,
        {{ exact_quotient('rejected_count', 'invoice_count', 6, 'decimal(9, 6)') }} as rejection_rate,
        {{ exact_quotient('rejected_by_platform_count', 'invoice_count', 6, 'decimal(9, 6)') }} as platform_rejection_rate,
        {{ exact_quotient('refused_by_buyer_count', 'invoice_count', 6, 'decimal(9, 6)') }} as buyer_refusal_rate,
        {{ exact_quotient('disputed_count', 'invoice_count', 6, 'decimal(9, 6)') }} as dispute_rate
    from counted
)

select * from final
