with delivered as (
    {{ latest_lines(source('raw', 'quickbooks__invoice_lines'), ['realm', 'invoice_id'], ['id'], [to_timestamp('invoice_updated_at')]) }}
),

final as (
    select
        lower(realm) as realm,
        invoice_id,
        id as line_id,
        {{ to_integer('line_num') }} as line_number,
        {{ to_text('item_id') }} as product_id,
        {{ to_text('description') }} as description,
        {{ to_quantity('quantity') }} as quantity,
        {{ to_quantity('unit_price') }} as unit_price,
        {{ to_amount('amount') }} as net_amount,
        {{ to_text('tax_code') }} as tax_code,
        {{ known_columns() }}
    from delivered
)

select * from final
