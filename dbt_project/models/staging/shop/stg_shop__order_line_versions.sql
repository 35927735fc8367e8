with delivered as (
    {{ latest_lines(source('raw', 'shop__order_lines'), ['order_id', 'cast(_received_at as date)'], ['line'], []) }}
),

final as (
    select
        order_id,
        {{ to_integer('line') }} as line_number,
        {{ to_text('sku') }} as product_id,
        {{ to_text('title') }} as description,
        {{ to_quantity('quantity') }} as quantity,
        {{ to_quantity('price') }} as unit_price,
        {{ to_amount('total') }} as net_amount,
        dense_rank() over (partition by order_id order by cast(_received_at as date)) as delivery_number,
        {{ known_columns('_received_at') }}
    from delivered
)

select * from final
