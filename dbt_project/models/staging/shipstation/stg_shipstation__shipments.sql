with delivered as (
    {{ daily_versions(source('raw', 'shipstation__shipments'), ['shipment_id'], '_received_at') }}
),

final as (
    select
        'SHP-' || shipment_id as shipment_number,
        {{ to_text('order_number') }} as order_number,
        {{ to_text('tracking_number') }} as tracking_number,
        {{ to_text('carrier_code') }} as carrier_code,
        coalesce({{ to_boolean('voided') }}, false) as is_voided,
        {{ to_date('ship_date') }} as ship_date,
        {{ to_timestamp('ship_date') }} as shipped_at,
        version_number,
        superseded_date is null as is_last_version,
        {{ known_columns('_received_at') }},
        cast(first_received_at as date) as first_known_date,
        superseded_date
    from delivered
)

select * from final
