with delivered as (
    {{ latest_version(source('raw', 'shop__stock'), ['sku', 'warehouse'], []) }}
),

final as (
    select
        sku as product_id,
        {{ to_text('warehouse') }} as warehouse,
        {{ to_quantity('on_hand') }} as on_hand_quantity,
        {{ known_columns() }}
    from delivered
    where version_rank = 1
)

select * from final
