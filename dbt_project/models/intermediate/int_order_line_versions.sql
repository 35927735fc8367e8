{%- set line_by_delivery = 'partition by shop_lines.order_id, line_number order by delivery_number' -%}

with shop_order_numbers as (
    select
        order_id,
        order_number
    from {{ ref('stg_shop__orders') }}
    where is_last_version
),

shop_lines as (
    select * from {{ ref('stg_shop__order_line_versions') }}
),

table_lines as (
    select * from {{ ref('stg_table__order_lines') }}
),

deliveries as (
    select
        order_id,
        delivery_number,
        min(known_date) as known_date
    from shop_lines
    group by order_id, delivery_number
),

-- An order is delivered whole whenever anything of it changes: most of its lines say what they said before.
compared as (
    select
        shop_lines.*,
        shop_order_numbers.order_number,
        lag(delivery_number) over ({{ line_by_delivery }}) as delivery_before,
        lead(delivery_number) over ({{ line_by_delivery }}) as delivery_after,
        lag(product_id) over ({{ line_by_delivery }}) as product_before,
        lag(description) over ({{ line_by_delivery }}) as description_before,
        lag(quantity) over ({{ line_by_delivery }}) as quantity_before,
        lag(unit_price) over ({{ line_by_delivery }}) as price_before,
        lag(net_amount) over ({{ line_by_delivery }}) as net_amount_before
    from shop_lines
    inner join shop_order_numbers on shop_lines.order_id = shop_order_numbers.order_id
),

order_lines as (
    select
        'shop' as source_system,
        order_number,
        line_number,
        delivery_number as version_number,
        product_id,
        description,
        quantity,
        unit_price,
        net_amount,
        false as is_removed,
        known_date
    from compared
    where
        coalesce(delivery_before, -1) < delivery_number - 1
        or product_before is distinct from product_id
        or description_before is distinct from description
        or quantity_before is distinct from quantity
        or price_before is distinct from unit_price
        or net_amount_before is distinct from net_amount

    union all

    -- The order's next delivery leaves the line out.
    select
        'shop' as source_system,
        compared.order_number,
        compared.line_number,
        deliveries.delivery_number as version_number,
        compared.product_id,
        compared.description,
        compared.quantity,
        compared.unit_price,
        compared.net_amount,
        true as is_removed,
        deliveries.known_date
    from compared
    inner join deliveries
        on compared.order_id = deliveries.order_id and compared.delivery_number + 1 = deliveries.delivery_number
    where compared.delivery_after is null or compared.delivery_after > deliveries.delivery_number

    union all

    select
        source_system,
        order_number,
        line_number,
        1 as version_number,
        product_id,
        description,
        quantity,
        unit_price,
        net_amount,
        false as is_removed,
        known_date
    from table_lines
),

final as (
    select
        {{ surrogate_key(['source_system', 'order_number']) }} as order_key,
        order_number,
        line_number,
        version_number,
        product_id,
        description,
        quantity,
        unit_price,
        net_amount,
        is_removed,
        known_date
    from order_lines
)

select * from final
