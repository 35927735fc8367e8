with delivered as (
    {{ daily_versions(source('raw', 'table__documents'), ['_source_system', 'document_number'], '_received_at') }}
),

final as (
    select
        _source_system as source_system,
        document_number as source_document_id,
        abs({{ to_amount('total_amount') }}) as total_amount,
        {{ to_date('document_date') }} as document_date,
        {{ to_date('due_date') }} as due_date,
        known_date
    from delivered
)

select * from final
