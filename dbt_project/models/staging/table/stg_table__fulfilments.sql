with delivered as (
    {{ latest_version(source('raw', 'table__fulfilments'), ['_source_system', 'shipment_number', 'order_number', 'line_number'], []) }}
),

final as (
    select
        _source_system as source_system,
        shipment_number,
        order_number,
        {{ to_integer('line_number') }} as line_number,
        {{ to_quantity('quantity') }} as quantity,
        {{ to_date('ship_date') }} as ship_date,
        {{ known_columns() }}
    from delivered
    where version_rank = 1
)

select * from final
