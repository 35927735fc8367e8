with delivered as (
    {{ daily_versions(source('raw', 'contracts__agreements'), ['agreement_id'], to_integer('version')) }}
),

final as (
    select
        {{ to_text('agreement_id') }} as contract_id,
        {{ to_integer('version') }} as contract_version,
        {{ to_text('accounting_customer_id') }} as accounting_customer_id,
        {{ normalised_id('customer_tax_id') }} as tax_id,
        {{ to_text('customer_name') }} as customer_name,
        {{ normalised_name('customer_name') }} as normalised_name,
        {{ to_text('legal_entity') }} as legal_entity_id,
        upper({{ to_text('currency') }}) as currency_code,
        upper({{ to_text('terms') }}) as terms_code,
        {{ to_text('tax_code') }} as tax_code,
        {{ to_text('po_number') }} as purchase_order_number,
        {{ to_text('buyer_reference') }} as buyer_reference,
        coalesce({{ to_boolean('po_required') }}, false) as is_purchase_order_required,
        {{ to_amount('credit_limit') }} as credit_limit_amount,
        {{ to_date('start_date') }} as start_date,
        {{ to_date('end_date') }} as end_date,
        {{ to_date('signed_at') }} as signed_date,
        {{ to_date('effective_date') }} as effective_date,
        {{ to_date('po_valid_until') }} as purchase_order_valid_until,
        version_number,
        superseded_date is null as is_last_version,
        {{ known_columns('_received_at') }},
        cast(first_received_at as date) as first_known_date,
        superseded_date
    from delivered
)

select * from final
