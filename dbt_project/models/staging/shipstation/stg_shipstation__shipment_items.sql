with delivered as (
    {{ latest_lines(source('raw', 'shipstation__shipment_items'), ['shipment_id'], ['line_item_key'], []) }}
),

final as (
    select
        'SHP-' || shipment_id as shipment_number,
        {{ to_integer('line_item_key') }} as line_number,
        {{ to_text('sku') }} as product_id,
        {{ to_quantity('quantity') }} as quantity,
        {{ known_columns() }}
    from delivered
)

select * from final
