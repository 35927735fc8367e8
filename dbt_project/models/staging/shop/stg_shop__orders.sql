with delivered as (
    {{ daily_versions(source('raw', 'shop__orders'), ['id'], '_received_at') }}
),

final as (
    select
        id as order_id,
        {{ to_text('name') }} as order_number,
        {{ to_text('customer_id') }} as customer_id,
        {{ to_text('accounting_customer_id') }} as accounting_customer_id,
        {{ normalised_id('customer_tax_id') }} as tax_id,
        {{ to_text('customer_name') }} as customer_name,
        {{ normalised_name('customer_name') }} as normalised_name,
        lower({{ to_text('customer_email') }}) as customer_email,
        {{ to_text('legal_entity') }} as legal_entity_id,
        {{ to_text('po_number') }} as purchase_order_number,
        upper({{ to_text('payment_terms') }}) as terms_code,
        {{ to_text('tax_code') }} as tax_code,
        upper({{ to_text('currency') }}) as currency_code,
        {{ to_amount('subtotal_price') }} as net_amount,
        {{ to_amount('total_tax') }} as tax_amount,
        {{ to_amount('total_price') }} as total_amount,
        {{ to_timestamp('created_at') }} as ordered_at,
        {{ to_timestamp('cancelled_at') }} as cancelled_at,
        version_number,
        superseded_date is null as is_last_version,
        {{ known_columns('_received_at') }},
        cast(first_received_at as date) as first_known_date,
        superseded_date
    from delivered
)

select * from final
