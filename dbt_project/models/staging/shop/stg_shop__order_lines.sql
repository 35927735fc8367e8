with delivered as (
    {{ latest_lines(source('raw', 'shop__order_lines'), ['order_id'], ['line'], []) }}
),

final as (
    select
        order_id,
        {{ to_text('id') }} as order_line_id,
        {{ to_integer('line') }} as line_number,
        {{ to_text('sku') }} as product_id,
        {{ to_text('title') }} as description,
        {{ to_quantity('quantity') }} as quantity,
        {{ to_quantity('price') }} as unit_price,
        {{ to_amount('total') }} as net_amount,
        {{ known_columns() }}
    from delivered
)

select * from final
