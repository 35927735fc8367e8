with delivered as (
    {{ latest_version(source('raw', 'quickbooks__trial_balance'), ['realm', 'currency', 'end_period', 'account_number'], []) }}
),

final as (
    select
        lower(realm) as realm,
        upper({{ to_text('currency') }}) as currency_code,
        account_number,
        {{ to_text('account_name') }} as account_name,
        coalesce({{ to_amount('debit') }}, 0) as debit_amount,
        coalesce({{ to_amount('credit') }}, 0) as credit_amount,
        {{ to_date('end_period') }} as as_of_date,
        {{ known_columns() }}
    from delivered
    where version_rank = 1
)

select * from final
