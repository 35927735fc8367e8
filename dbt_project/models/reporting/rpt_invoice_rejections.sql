with invoices as (
    select * from {{ ref('fct_invoices') }}
),

rejections as (
    select * from {{ ref('fct_invoice_rejections') }}
),

matched as (
    select * from {{ ref('int_objections_matched_to_invoices') }}
),

-- An answer that fits several invoices of its number equally counts in no rate, only as not told apart.
answered as (
    select
        matched.document_key,
        max(case when rejections.rejection_status = 'rejected_by_platform' and matched.fitting_count = 1 then 1 else 0 end) as is_rejected_by_platform,
        max(case when rejections.rejection_status = 'refused_by_buyer' and matched.fitting_count = 1 then 1 else 0 end) as is_refused_by_buyer,
        max(case when rejections.rejection_key is not null and matched.fitting_count = 1 then 1 else 0 end) as is_rejected,
        max(case when matched.objection_kind = 'dispute' and matched.fitting_count = 1 then 1 else 0 end) as is_disputed,
        max(case when matched.fitting_count > 1 then 1 else 0 end) as is_not_told_apart
    from matched
    left join rejections on matched.objection_kind = 'rejection' and matched.objection_key = rejections.rejection_key
    group by matched.document_key
),

marked as (
    select
        cast({{ dbt.date_trunc('month', 'invoices.invoice_date') }} as date) as cohort_month,
        invoices.legal_entity_id,
        coalesce(answered.is_rejected_by_platform, 0) as is_rejected_by_platform,
        coalesce(answered.is_refused_by_buyer, 0) as is_refused_by_buyer,
        coalesce(answered.is_rejected, 0) as is_rejected,
        coalesce(answered.is_disputed, 0) as is_disputed,
        coalesce(answered.is_not_told_apart, 0) as is_not_told_apart
    from invoices
    left join answered on invoices.document_key = answered.document_key
    -- Delivered: what stands, and what was cancelled after somebody outside had answered it. A refused invoice that is
    -- cancelled and issued anew is a rejection still.
    where not invoices.is_cancelled or answered.is_rejected = 1 or answered.is_disputed = 1
),

counted as (
    select
        cohort_month,
        legal_entity_id,
        cast(count(*) as integer) as invoice_count,
        cast(sum(is_rejected_by_platform) as integer) as rejected_by_platform_count,
        cast(sum(is_refused_by_buyer) as integer) as refused_by_buyer_count,
        cast(sum(is_rejected) as integer) as rejected_count,
        cast(sum(is_disputed) as integer) as disputed_count,
        cast(sum(is_not_told_apart) as integer) as not_told_apart_count
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
        not_told_apart_count,
        {{ exact_quotient('rejected_count', 'invoice_count', 6, 'decimal(9, 6)') }} as rejection_rate,
        {{ exact_quotient('rejected_by_platform_count', 'invoice_count', 6, 'decimal(9, 6)') }} as platform_rejection_rate,
        {{ exact_quotient('refused_by_buyer_count', 'invoice_count', 6, 'decimal(9, 6)') }} as buyer_refusal_rate,
        {{ exact_quotient('disputed_count', 'invoice_count', 6, 'decimal(9, 6)') }} as dispute_rate
    from counted
)

select * from final
