with named_products as (
    select
        product_id,
        product_name,
        known_date,
        1 as source_order
    from {{ ref('stg_shop__price_list') }}
    union all
    select
        product_id,
        product_name,
        known_date,
        2 as source_order
    from {{ ref('stg_table__products') }}
    union all
    select
        product_id,
        description as product_name,
        known_date,
        3 as source_order
    from {{ ref('stg_shop__order_lines') }}
    union all
    select
        product_id,
        description as product_name,
        known_date,
        4 as source_order
    from {{ ref('stg_table__order_lines') }}
    union all
    select
        product_id,
        description as product_name,
        known_date,
        5 as source_order
    from {{ ref('stg_table__document_lines') }}
),

spellings as (
    select
        product_id,
        product_name,
        min(source_order) as source_order,
        min(known_date) as known_date
    from named_products
    where product_id is not null
    group by product_id, product_name
),

ranked as (
    select
        *,
        row_number() over (
            partition by product_id
            order by case when product_name is null then 1 else 0 end, source_order, known_date, product_name
        ) as spelling_rank,
        min(known_date) over (partition by product_id) as first_known_date
    from spellings
),

final as (
    select
        {{ surrogate_key(['product_id']) }} as product_key,
        product_id,
        product_name,
        first_known_date as known_date
    from ranked
    where spelling_rank = 1
)

select * from final
