with delivered as (
    {{ latest_version(source('raw', 'rates__exchange_rates'), ['rate_date', 'base_currency', 'quote_currency'], []) }}
),

final as (
    select
        upper(base_currency) as base_currency_code,
        upper(quote_currency) as quote_currency_code,
        {{ to_quantity('rate') }} as exchange_rate,
        {{ to_date('rate_date') }} as rate_date,
        {{ known_columns() }}
    from delivered
    where version_rank = 1
)

select * from final
