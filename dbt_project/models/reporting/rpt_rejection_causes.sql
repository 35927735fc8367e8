with rejections as (
    select * from {{ ref('int_rejections_traced') }}
    where fitting_count = 1
),

invoices as (
    select * from {{ ref('fct_invoices') }}
),

rejected_once as (
    select
        document_key,
        reason_code,
        field_name,
        coalesce(upstream_system, 'not traced') as upstream_system,
        upstream_field
    from rejections
    group by document_key, reason_code, field_name, coalesce(upstream_system, 'not traced'), upstream_field
),

final as (
    select
        rejected_once.reason_code,
        rejected_once.field_name,
        rejected_once.upstream_system,
        rejected_once.upstream_field,
        invoices.currency_code,
        cast(count(*) as integer) as invoice_count,
        {{ money_sum('invoices.total_amount') }} as total_amount
    from rejected_once
    inner join invoices on rejected_once.document_key = invoices.document_key
    group by
        rejected_once.reason_code,
        rejected_once.field_name,
        rejected_once.upstream_system,
        rejected_once.upstream_field,
        invoices.currency_code
)

select * from final
