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

-- An order is delivered whole whenever anything of it changes: most of its lines say what they said before.
compared as (
    select
        shop_lines.*,
        shop_order_numbers.order_number,
        lag(product_id) over (partition by shop_lines.order_id, line_number order by version_number) as product_before,
        lag(quantity) over (partition by shop_lines.order_id, line_number order by version_number) as quantity_before,
        lag(unit_price) over (partition by shop_lines.order_id, line_number order by version_number) as price_before
    from shop_lines
    inner join shop_order_numbers on shop_lines.order_id = shop_order_numbers.order_id
),

order_lines as (
    select
        'shop' as source_system,
        order_number,
        line_number,
        version_number,
        product_id,
        description,
        quantity,
        unit_price,
        net_amount,
        known_date
    from compared
    where
        version_number = 1
        or coalesce(product_before, '') <> coalesce(product_id, '')
        or quantity_before <> quantity
        or price_before <> unit_price

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
        known_date
    from order_lines
)

select * from final
