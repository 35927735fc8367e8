with delivered as (
    {{ latest_version(source('raw', 'table__applications'), ['_source_system', 'receipt_id', 'document_number', 'applied_date'], []) }}
),

final as (
    select
        _source_system as source_system,
        receipt_id,
        document_number,
        {{ to_amount('applied_amount') }} as applied_amount,
        {{ to_date('applied_date') }} as applied_date,
        {{ known_columns() }}
    from delivered
    where version_rank = 1
)

select * from final
