with delivered as (
    {{ latest_lines(source('raw', 'messages__remittance_lines'), ['message_id'], ['line'], []) }}
),

final as (
    select
        message_id,
        {{ to_integer('line') }} as line_number,
        {{ to_text('document_number') }} as document_number,
        {{ to_amount('amount') }} as amount,
        {{ to_text('reason') }} as reason,
        {{ known_columns() }}
    from delivered
)

select * from final
