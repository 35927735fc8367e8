with invoices as (
    {{ daily_versions(source('raw', 'quickbooks__invoices'), ['realm', 'id'], to_timestamp('updated_at')) }}
),

credit_memos as (
    {{ daily_versions(source('raw', 'quickbooks__credit_memos'), ['realm', 'id'], to_timestamp('updated_at')) }}
),

final as (
    select
        'invoice ' || lower(realm) || ':' || id as source_document_id,
        {{ to_amount('total_amt') }} as total_amount,
        {{ to_date('txn_date') }} as document_date,
        {{ to_date('due_date') }} as due_date,
        known_date
    from invoices

    union all

    select
        'credit_memo ' || lower(realm) || ':' || id as source_document_id,
        {{ to_amount('total_amt') }} as total_amount,
        {{ to_date('txn_date') }} as document_date,
        cast(null as date) as due_date,
        known_date
    from credit_memos
)

select * from final
