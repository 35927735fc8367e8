with delivered as (
    {{ latest_lines(source('raw', 'quickbooks__credit_memo_lines'), ['realm', 'credit_memo_id'], ['id'], [to_timestamp('credit_memo_updated_at')]) }}
),

final as (
    select
        lower(realm) as realm,
        credit_memo_id,
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
