with delivered as (
    {{ latest_version(source('raw', 'shop__price_list'), ['sku', 'currency'], []) }}
),

final as (
    select
        sku as product_id,
        {{ to_text('title') }} as product_name,
        upper({{ to_text('currency') }}) as currency_code,
        {{ to_quantity('price') }} as unit_price,
        {{ known_columns() }}
    from delivered
    where version_rank = 1
)

select * from final
