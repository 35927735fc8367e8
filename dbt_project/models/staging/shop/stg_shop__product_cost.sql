with delivered as (
    {{ latest_version(source('raw', 'shop__product_cost'), ['sku', 'currency', 'valid_from'], []) }}
),

final as (
    select
        sku as product_id,
        upper({{ to_text('currency') }}) as currency_code,
        {{ to_quantity('cost') }} as unit_cost,
        {{ to_date('valid_from') }} as valid_from_date,
        {{ known_columns() }}
    from delivered
    where version_rank = 1
)

select * from final
