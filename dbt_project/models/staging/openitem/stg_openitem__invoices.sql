with decisions as (
    select * from {{ ref('stg_openitem__decisions') }} where kind = 'invoice_issued'
),

cancellations as (
    select
        subject_key,
        occurrence,
        business_date as cancelled_date
    from {{ ref('stg_openitem__decisions') }}
    where kind = 'invoice_cancelled'
),

unpacked as (
    select
        subject_key as billing_key,
        occurrence,
        {{ json_text('payload', 'document_number') }} as document_number,
        decision_key,
        {{ json_text('payload', 'legal_entity_id') }} as legal_entity_id,
        {{ json_text('payload', 'customer_key') }} as customer_key,
        {{ json_text('payload', 'contract_id') }} as contract_id,
        {{ json_text('payload', 'order_number') }} as order_number,
        {{ json_text('payload', 'purchase_order_number') }} as purchase_order_number,
        {{ json_text('payload', 'currency_code') }} as currency_code,
        {{ json_text('payload', 'terms_code') }} as terms_code,
        {{ json_text('payload', 'charge_kind') }} as charge_kind,
        {{ json_amount('payload', 'net_amount') }} as net_amount,
        {{ json_amount('payload', 'tax_amount') }} as tax_amount,
        {{ json_amount('payload', 'total_amount') }} as total_amount,
        {{ to_timestamp(json_text('payload', 'trigger_at')) }} as trigger_at,
        coalesce({{ json_date('payload', 'invoice_date') }}, business_date) as invoice_date,
        {{ json_date('payload', 'due_date') }} as stated_due_date,
        {{ json_integer('payload', 'due_days') }} as due_days,
        business_date
    from decisions
),

final as (
    select
        unpacked.billing_key,
        unpacked.occurrence,
        unpacked.document_number,
        unpacked.decision_key,
        unpacked.legal_entity_id,
        unpacked.customer_key,
        unpacked.contract_id,
        unpacked.order_number,
        unpacked.purchase_order_number,
        unpacked.currency_code,
        unpacked.terms_code,
        unpacked.charge_kind,
        unpacked.net_amount,
        unpacked.tax_amount,
        unpacked.total_amount,
        unpacked.trigger_at,
        unpacked.invoice_date,
        coalesce(unpacked.stated_due_date, {{ days_after('unpacked.invoice_date', 'unpacked.due_days') }}) as due_date,
        cancellations.subject_key is not null as is_cancelled,
        cancellations.cancelled_date,
        unpacked.business_date as issued_business_date,
        {{ end_of_day('unpacked.business_date') }} as known_at,
        unpacked.business_date as known_date
    from unpacked
    left join cancellations
        on unpacked.billing_key = cancellations.subject_key and unpacked.occurrence = cancellations.occurrence
)

select * from final
