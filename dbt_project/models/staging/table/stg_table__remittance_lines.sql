with delivered as (
    {{ latest_lines(source('raw', 'table__remittance_lines'), ['_source_system', 'message_id'], ['line_number'], []) }}
),

final as (
    select
        _source_system as source_system,
        message_id,
        {{ to_integer('line_number') }} as line_number,
        {{ to_text('document_number') }} as document_number,
        {{ to_amount('amount') }} as amount,
        {{ to_text('reason') }} as reason,
        {{ known_columns() }}
    from delivered
)

select * from final
