with delivered as (
    {{ daily_versions(source('raw', 'hubspot__line_items'), ['id'], to_timestamp('updated_at')) }}
),

final as (
    select
        id as line_item_id,
        {{ to_text('deal_id') }} as deal_id,
        {{ to_text('product_id') }} as product_id,
        {{ to_text('name') }} as product_name,
        {{ to_quantity('quantity') }} as quantity,
        {{ to_quantity('price') }} as unit_price,
        -- HubSpot multiplies without rounding: 0.0345 is a price here, not money owed
        {{ to_quantity('amount') }} as extended_price,
        changed_at_or_version as changed_at,
        version_number,
        superseded_date is null as is_last_version,
        {{ known_columns('_received_at') }},
        superseded_date
    from delivered
)

select * from final
