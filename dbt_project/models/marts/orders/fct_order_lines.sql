with shop_order_numbers as (
    select
        order_id,
        order_number
    from {{ ref('stg_shop__orders') }}
    where is_last_version
),

shop_lines as (
    select * from {{ ref('stg_shop__order_lines') }}
),

table_lines as (
    select * from {{ ref('stg_table__order_lines') }}
),

order_lines as (
    select
        'shop' as source_system,
        shop_order_numbers.order_number,
        shop_lines.line_number,
        shop_lines.product_id,
        shop_lines.description,
        shop_lines.quantity,
        shop_lines.unit_price,
        shop_lines.net_amount,
        shop_lines.known_date
    from shop_lines
    inner join shop_order_numbers on shop_lines.order_id = shop_order_numbers.order_id

    union all

    select
        source_system,
        order_number,
        line_number,
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
        {{ surrogate_key(['source_system', 'order_number', 'line_number']) }} as order_line_key,
        {{ surrogate_key(['source_system', 'order_number']) }} as order_key,
        order_number,
        line_number,
        case when product_id is not null then {{ surrogate_key(['product_id']) }} end as product_key,
        product_id,
        description,
        quantity,
        unit_price,
        net_amount,
        known_date
    from order_lines
)

select * from final
