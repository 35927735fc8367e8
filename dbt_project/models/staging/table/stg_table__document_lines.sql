with delivered as (
    {{ latest_version(source('raw', 'table__document_lines'), ['_source_system', 'document_number', 'line_number'], []) }}
),

final as (
    select
        _source_system as source_system,
        document_number,
        {{ to_integer('line_number') }} as line_number,
        {{ to_text('product_id') }} as product_id,
        {{ to_text('description') }} as description,
        {{ to_quantity('quantity') }} as quantity,
        {{ to_quantity('unit_price') }} as unit_price,
        {{ to_amount('net_amount') }} as net_amount,
        {{ known_columns() }}
    from delivered
    where version_rank = 1
)

select * from final
