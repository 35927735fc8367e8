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

-- As known then, a rate counts from the day it reached us; one that comes after a newer rate changes nothing.
on_clocks as (
    select
        'known_now' as clock,
        quote_currency_code as currency_code,
        exchange_rate,
        rate_date,
        rate_date as counts_from_date
    from exchange_rates
    where quote_currency_code <> 'EUR'

    union all

    select
        'known_then' as clock,
        quote_currency_code as currency_code,
        exchange_rate,
        rate_date,
        greatest(rate_date, known_date) as counts_from_date
    from exchange_rates
    where quote_currency_code <> 'EUR'
),

with_newest as (
    select
        *,
        max(rate_date) over (
            partition by clock, currency_code order by counts_from_date range between unbounded preceding and current row
        ) as newest_rate_date
    from on_clocks
),

in_order as (
    select
        clock,
        currency_code,
        exchange_rate,
        counts_from_date,
        lead(counts_from_date) over (partition by clock, currency_code order by counts_from_date) as next_from_date,
        row_number() over (partition by clock, currency_code order by counts_from_date) as rate_number
    from with_newest
    where rate_date = newest_rate_date
),

clocks as (
    select 'known_now' as clock
    union all
    select 'known_then' as clock
),

final as (
    select
        in_order.clock,
        in_order.currency_code,
        group_currency.group_currency_code,
        in_order.exchange_rate,
        case when in_order.rate_number = 1 then cast('1900-01-01' as date) else in_order.counts_from_date end as valid_from_date,
        coalesce(in_order.next_from_date, cast('9999-12-31' as date)) as valid_before_date
    from in_order
    cross join group_currency
    where group_currency.group_currency_code = 'EUR'

    union all

    select
        clocks.clock,
        group_currency.group_currency_code as currency_code,
        group_currency.group_currency_code,
        cast(1 as {{ type_quantity() }}) as exchange_rate,
        cast('1900-01-01' as date) as valid_from_date,
        cast('9999-12-31' as date) as valid_before_date
    from group_currency
    cross join clocks
)

select * from final
