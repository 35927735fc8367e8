with delivered as (
    {{ latest_version(source('raw', 'bank__statements'), ['account', 'statement_id', 'to_date'], []) }}
),

final as (
    select
        account as bank_account,
        statement_id,
        {{ to_text('statement_number') }} as statement_number,
        upper({{ to_text('currency') }}) as currency_code,
        {{ to_amount('opening_balance') }} as opening_balance_amount,
        {{ to_amount('closing_balance') }} as closing_balance_amount,
        {{ to_text('format') }} as statement_format,
        {{ to_date('from_date') }} as from_date,
        {{ to_date('to_date') }} as to_date,
        {{ known_columns() }}
    from delivered
    where version_rank = 1
)

select * from final
