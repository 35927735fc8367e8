with delivered as (
    {{ latest_version(source('raw', 'table__products'), ['_source_system', 'product_id'], []) }}
),

final as (
    select
        _source_system as source_system,
        product_id,
        {{ to_text('product_name') }} as product_name,
        {{ known_columns() }}
    from delivered
    where version_rank = 1
)

select * from final
