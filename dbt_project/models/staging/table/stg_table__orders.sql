with delivered as (
    {{ latest_version(source('raw', 'table__orders'), ['_source_system', 'order_number'], []) }}
),

final as (
    select
        _source_system as source_system,
        order_number,
        {{ to_text('customer_id') }} as customer_id,
        {{ to_text('legal_entity_id') }} as legal_entity_id,
        {{ to_text('purchase_order_number') }} as purchase_order_number,
        lower({{ to_text('status') }}) as order_status,
        upper({{ to_text('currency_code') }}) as currency_code,
        {{ to_amount('net_amount') }} as net_amount,
        {{ to_date('order_date') }} as order_date,
        {{ known_columns() }}
    from delivered
    where version_rank = 1
)

select * from final
