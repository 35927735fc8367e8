with entries as (
    select * from {{ ref('fct_ledger_entries') }} where entry_kind like 'invoice%' or entry_kind like 'credit_memo%'
),

rates as (
    select * from {{ ref('int_exchange_rates_dated') }}
),

days as (
    select * from {{ ref('int_days') }}
),

period_numbers as (
    {{ dbt.generate_series(12) }}
),

sales_of_entities as (
    select
        legal_entity_id,
        currency_code,
        {{ money_sum('receivable_amount') }} as sales_amount,
        effective_date,
        known_date
    from entries
    group by legal_entity_id, currency_code, effective_date, known_date
),

-- The same sales on both clocks: as known now from the day they took effect, as known then from the day we heard of them.
on_clocks as (
    select
        'known_now' as clock,
        sales_of_entities.*,
        effective_date as counts_from_date
    from sales_of_entities
    union all
    select
        'known_then' as clock,
        sales_of_entities.*,
        greatest(effective_date, known_date) as counts_from_date
    from sales_of_entities
),

all_sales as (
    select
        clock,
        legal_entity_id,
        currency_code,
        sales_amount,
        effective_date,
        counts_from_date
    from on_clocks

    union all

    select
        on_clocks.clock,
        'all' as legal_entity_id,
        rates.group_currency_code as currency_code,
        {{ money_in_group_currency('on_clocks.sales_amount', 'rates.exchange_rate') }} as sales_amount,
        on_clocks.effective_date,
        on_clocks.counts_from_date
    from on_clocks
    inner join rates
        on
            on_clocks.clock = rates.clock
            and on_clocks.currency_code = rates.currency_code
            and on_clocks.effective_date >= rates.valid_from_date
            and on_clocks.effective_date < rates.valid_before_date
),

in_periods as (
    select
        days.as_of_date,
        all_sales.clock,
        all_sales.legal_entity_id,
        all_sales.currency_code,
        period_numbers.generated_number as period_number,
        {{ money_sum('all_sales.sales_amount') }} as sales_amount
    from days
    cross join period_numbers
    inner join all_sales
        on
            all_sales.counts_from_date <= days.as_of_date
            and all_sales.effective_date <= {{ days_after('days.as_of_date', '30 - 30 * period_numbers.generated_number') }}
            and all_sales.effective_date > {{ days_after('days.as_of_date', '-30 * period_numbers.generated_number') }}
    group by
        days.as_of_date,
        all_sales.clock,
        all_sales.legal_entity_id,
        all_sales.currency_code,
        period_numbers.generated_number
),

final as (
    select
        as_of_date,
        clock,
        legal_entity_id,
        currency_code,
        cast(period_number as integer) as period_number,
        sales_amount
    from in_periods
)

select * from final
