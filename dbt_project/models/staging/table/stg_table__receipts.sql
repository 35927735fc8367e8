with delivered as (
    {{ latest_version(source('raw', 'table__receipts'), ['_source_system', 'receipt_id'], []) }}
),

final as (
    select
        _source_system as source_system,
        receipt_id,
        {{ to_text('legal_entity_id') }} as legal_entity_id,
        {{ to_text('customer_id') }} as customer_id,
        upper({{ to_text('currency_code') }}) as currency_code,
        {{ to_amount('amount') }} as receipt_amount,
        {{ to_text('payer_name') }} as payer_name,
        {{ to_text('remittance_text') }} as remittance_text,
        {{ to_date('value_date') }} as value_date,
        {{ known_columns() }}
    from delivered
    where version_rank = 1
)

select * from final
