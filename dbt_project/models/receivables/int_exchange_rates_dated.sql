with exchange_rates as (
    select * from {{ ref('dim_exchange_rates') }}
    where base_currency_code = 'EUR'
),

ledger_currencies as (
    select currency_code from {{ ref('fct_ledger_entries') }}
    group by currency_code
),

-- A company with one currency is summed in it; any other in euros.
group_currency as (
    select case when count(*) = 1 then min(currency_code) else 'EUR' end as group_currency_code
    from ledger_currencies
),

in_order as (
    select
        quote_currency_code as currency_code,
        exchange_rate,
        rate_date,
        lead(rate_date) over (partition by quote_currency_code order by rate_date) as next_rate_date,
        row_number() over (partition by quote_currency_code order by rate_date) as rate_number
    from exchange_rates
    where quote_currency_code <> 'EUR'
),

final as (
    select
        in_order.currency_code,
        group_currency.group_currency_code,
        in_order.exchange_rate,
        case when in_order.rate_number = 1 then cast('1900-01-01' as date) else in_order.rate_date end as valid_from_date,
        coalesce(in_order.next_rate_date, cast('9999-12-31' as date)) as valid_before_date
    from in_order
    cross join group_currency
    where group_currency.group_currency_code = 'EUR'

    union all

    select
        group_currency_code as currency_code,
        group_currency_code,
        cast(1 as {{ type_quantity() }}) as exchange_rate,
        cast('1900-01-01' as date) as valid_from_date,
        cast('9999-12-31' as date) as valid_before_date
    from group_currency
)

select * from final
