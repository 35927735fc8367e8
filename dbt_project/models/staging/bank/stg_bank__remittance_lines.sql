with delivered as (
    {{ latest_version(source('raw', 'bank__remittance_lines'), ['account', 'statement_id', 'entry_number', 'sub_number', 'line', '_source_file'], []) }}
),

final as (
    select
        account as bank_account,
        statement_id,
        _source_file as source_file,
        entry_number,
        coalesce({{ to_text('sub_number') }}, '1') as sub_number,
        {{ to_integer('line') }} as line_number,
        {{ to_text('document_number') }} as document_number,
        {{ to_amount('amount') }} as amount,
        {{ to_text('reason') }} as reason,
        {{ known_columns() }}
    from delivered
    where version_rank = 1
)

select * from final
