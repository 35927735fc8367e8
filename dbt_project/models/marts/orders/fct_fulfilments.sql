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

orders as (
    select * from {{ ref('fct_orders') }}
),

legal_entities as (
    select * from {{ ref('dim_legal_entities') }}
),

shipped_lines as (
    -- The shop is whose orders the shipping system ships.
    select
        'shop' as source_system,
        shipments.shipment_number,
        shipments.order_number,
        shipment_items.line_number,
        shipment_items.quantity,
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
        cast(ship_date as timestamp) as shipped_at,
        false as is_voided,
        cast(null as date) as voided_known_date,
        known_at
    from table_fulfilments
),

keyed as (
    select
        *,
        {{ surrogate_key(['source_system', 'shipment_number', 'order_number', 'line_number']) }} as fulfilment_line_key,
        {{ surrogate_key(['source_system', 'order_number']) }} as order_key,
        {{ surrogate_key(['source_system', 'order_number', 'line_number']) }} as order_line_key
    from shipped_lines
),

final as (
    select
        keyed.fulfilment_line_key,
        keyed.shipment_number,
        keyed.order_key,
        keyed.order_number,
        keyed.order_line_key,
        keyed.line_number,
        keyed.quantity,
        {{ local_date('keyed.shipped_at', 'legal_entities.time_zone') }} as ship_date,
        keyed.shipped_at,
        keyed.is_voided,
        keyed.voided_known_date,
        cast(keyed.known_at as timestamp) as known_at,
        cast(keyed.known_at as date) as known_date
    from keyed
    left join orders on keyed.order_key = orders.order_key
    left join legal_entities on orders.legal_entity_id = legal_entities.legal_entity_id
)

select * from final
