with delivered as (
    {{ daily_versions(source('raw', 'shop__order_lines'), ['order_id', 'line'], '_received_at') }}
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
        version_number,
        {{ known_columns('_received_at') }}
    from delivered
)

select * from final
