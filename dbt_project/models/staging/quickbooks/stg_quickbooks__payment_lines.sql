with delivered as (
    {{ latest_lines(source('raw', 'quickbooks__payment_lines'), ['realm', 'payment_id'], ['line_num'], [to_timestamp('payment_updated_at')]) }}
),

final as (
    select
        lower(realm) as realm,
        payment_id,
        {{ to_integer('line_num') }} as line_number,
        {{ to_text('linked_txn_type') }} as linked_document_type,
        {{ to_text('linked_txn_id') }} as linked_document_id,
        {{ to_amount('amount') }} as applied_amount,
        {{ known_columns() }}
    from delivered
)

select * from final
