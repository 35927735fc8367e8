with shipments as (
    select
        *,
        min(case when is_voided then known_date end) over (partition by shipment_number) as first_voided_date,
        min(known_at) over (partition by shipment_number) as first_known_at
    from {{ ref('stg_shipstation__shipments') }}
),

shipment_items as (
    select * from {{ ref('stg_shipstation__shipment_items') }}
),

table_fulfilments as (
    select * from {{ ref('stg_table__fulfilments') }}
),

shipped_lines as (
    -- The shop is whose orders the shipping system ships.
    select
        'shop' as source_system,
        shipments.shipment_number,
        shipments.order_number,
        shipment_items.line_number,
        shipment_items.quantity,
        shipments.ship_date,
        shipments.shipped_at,
        shipments.is_voided,
        case when shipments.is_voided then shipments.first_voided_date end as voided_known_date,
        shipments.first_known_at as known_at
    from shipments
    inner join shipment_items on shipments.shipment_number = shipment_items.shipment_number
    where shipments.is_last_version

    union all

    select
        source_system,
        shipment_number,
        order_number,
        line_number,
        quantity,
        ship_date,
        cast(ship_date as timestamp) as shipped_at,
        false as is_voided,
        cast(null as date) as voided_known_date,
        known_at
    from table_fulfilments
),

final as (
    select
        {{ surrogate_key(['source_system', 'shipment_number', 'order_number', 'line_number']) }} as fulfilment_line_key,
        shipment_number,
        {{ surrogate_key(['source_system', 'order_number']) }} as order_key,
        order_number,
        {{ surrogate_key(['source_system', 'order_number', 'line_number']) }} as order_line_key,
        line_number,
        quantity,
        ship_date,
        shipped_at,
        is_voided,
        voided_known_date,
        cast(known_at as timestamp) as known_at,
        cast(known_at as date) as known_date
    from shipped_lines
)

select * from final
