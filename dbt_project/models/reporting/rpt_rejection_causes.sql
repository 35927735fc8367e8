with rejections as (
    select * from {{ ref('fct_invoice_rejections') }}
),

invoices as (
    select * from {{ ref('fct_invoices') }}
),

reasons as (
    select * from {{ ref('reason_codes') }}
),

rejected_once as (
    select
        document_number,
        reason_code,
        field_name
    from rejections
    group by document_number, reason_code, field_name
),

final as (
    select
        rejected_once.reason_code,
        coalesce(rejected_once.field_name, reasons.upstream_field, 'not stated') as field_name,
        coalesce(reasons.upstream_system, 'not traced') as upstream_system,
        invoices.currency_code,
        cast(count(*) as integer) as invoice_count,
        {{ money_sum('invoices.total_amount') }} as total_amount
    from rejected_once
    inner join invoices on rejected_once.document_number = invoices.document_number
    left join reasons on rejected_once.reason_code = reasons.reason_code
    group by
        rejected_once.reason_code,
        coalesce(rejected_once.field_name, reasons.upstream_field, 'not stated'),
        coalesce(reasons.upstream_system, 'not traced'),
        invoices.currency_code
)

select * from final
