with decisions as (
    select * from {{ ref('stg_openitem__decisions') }} where kind = 'invoice_issued'
),

unpacked as (
    select
        subject_key as billing_key,
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
        billing_key,
        document_number,
        decision_key,
        legal_entity_id,
        customer_key,
        contract_id,
        order_number,
        purchase_order_number,
        currency_code,
        terms_code,
        charge_kind,
        net_amount,
        tax_amount,
        total_amount,
        trigger_at,
        invoice_date,
        coalesce(stated_due_date, {{ days_after('invoice_date', 'due_days') }}) as due_date,
        business_date as issued_business_date,
        {{ end_of_day('business_date') }} as known_at,
        business_date as known_date
    from unpacked
)

select * from final
