with aging as (
    select * from {{ ref('rpt_aging') }}
),

sales_by_period as (
    select * from {{ ref('int_sales_by_period') }}
),

period_numbers as (
    {{ dbt.generate_series(12) }}
),

balances as (
    select
        as_of_date,
        clock,
        legal_entity_id,
        currency_code,
        cast(sum(case when aging_bucket <> 'unapplied_cash' then open_amount end) as {{ type_amount() }}) as open_amount,
        cast(
            sum(case when aging_bucket in ('not_due', 'no_due_date') then open_amount else 0 end) as {{ type_amount() }}
        ) as current_amount,
        cast(
            sum(case when aging_bucket in ('not_due', 'no_due_date', 'unapplied_cash') then 0 else open_amount end)
            as {{ type_amount() }}
        ) as overdue_amount,
        cast(
            sum(case when aging_bucket = 'unapplied_cash' then -open_amount else 0 end) as {{ type_amount() }}
        ) as unapplied_amount
    from aging
    group by as_of_date, clock, legal_entity_id, currency_code
),

with_periods as (
    select
        balances.as_of_date,
        balances.clock,
        balances.legal_entity_id,
        balances.currency_code,
        balances.open_amount,
        period_numbers.generated_number as period_number,
        coalesce(sales_by_period.sales_amount, 0) as sales_amount,
        greatest(coalesce(sales_by_period.sales_amount, 0), 0) as countable_amount
    from balances
    cross join period_numbers
    left join sales_by_period
        on
            balances.as_of_date = sales_by_period.as_of_date
            and balances.clock = sales_by_period.clock
            and balances.legal_entity_id = sales_by_period.legal_entity_id
            and balances.currency_code = sales_by_period.currency_code
            and period_numbers.generated_number = sales_by_period.period_number
),

-- Count-back: the newest sales are the ones still open. Periods of 30 days end on the as-of date.
counted_back as (
    select
        *,
        coalesce(sum(countable_amount) over (
            partition by as_of_date, clock, legal_entity_id, currency_code
            order by period_number
            rows between unbounded preceding and 1 preceding
        ), 0) as covered_before_amount
    from with_periods
),

days_by_period as (
    select
        *,
        case
            when open_amount <= covered_before_amount then 0
            when open_amount >= covered_before_amount + countable_amount then 30
            else {{ exact_quotient('(open_amount - covered_before_amount) * 30', 'countable_amount', 2, 'decimal(18, 2)') }}
        end as period_days
    from counted_back
),

by_day as (
    select
        as_of_date,
        clock,
        legal_entity_id,
        currency_code,
        {{ money_sum('case when period_number = 1 then sales_amount end') }} as sales_30_day_amount,
        {{ money_sum('case when period_number <= 3 then sales_amount end') }} as sales_90_day_amount,
        case
            when max(open_amount) <= sum(countable_amount) then cast(sum(period_days) as decimal(18, 2))
        end as dso_countback_days
    from days_by_period
    group by as_of_date, clock, legal_entity_id, currency_code
),

measured as (
    select
        balances.as_of_date,
        balances.clock,
        balances.legal_entity_id,
        balances.currency_code,
        balances.open_amount,
        balances.current_amount,
        balances.overdue_amount,
        balances.unapplied_amount,
        by_day.sales_30_day_amount,
        by_day.sales_90_day_amount,
        case
            when by_day.sales_90_day_amount > 0
                then {{ exact_quotient('balances.open_amount * 90', 'by_day.sales_90_day_amount', 2, 'decimal(18, 2)') }}
        end as dso_simple_days,
        case
            when by_day.sales_90_day_amount > 0
                then {{ exact_quotient('(balances.open_amount - balances.unapplied_amount) * 90', 'by_day.sales_90_day_amount', 2, 'decimal(18, 2)') }}
        end as dso_net_of_unapplied_days,
        by_day.dso_countback_days,
        case
            when by_day.sales_90_day_amount > 0
                then {{ exact_quotient('balances.current_amount * 90', 'by_day.sales_90_day_amount', 2, 'decimal(18, 2)') }}
        end as best_possible_dso_days
    from balances
    inner join by_day
        on
            balances.as_of_date = by_day.as_of_date
            and balances.clock = by_day.clock
            and balances.legal_entity_id = by_day.legal_entity_id
            and balances.currency_code = by_day.currency_code
),

final as (
    select
        *,
        cast(dso_simple_days - best_possible_dso_days as decimal(18, 2)) as average_days_delinquent
    from measured
)

select * from final
