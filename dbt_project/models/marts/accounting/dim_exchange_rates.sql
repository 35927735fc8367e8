with exchange_rates as (
    select * from {{ ref('stg_rates__exchange_rates') }}
),

final as (
    select
        rate_date,
        base_currency_code,
        quote_currency_code,
        exchange_rate,
        known_date
    from exchange_rates
)

select * from final
