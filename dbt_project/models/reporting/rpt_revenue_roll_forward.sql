with positions as (
    select
        *,
        coalesce(contract_id, case when charge_kind = 'goods' then 'orders' else 'other documents' end) as revenue_group
    from {{ ref('int_revenue_positions') }}
),

closing as (
    select days from {{ ref('revenue_rules') }} where rule_code = 'PERIOD_CLOSE_DAYS'
),

month_numbers as (
    {{ dbt.generate_series(240) }}
),

last_month as (
    select greatest(coalesce(max(period), {{ as_of_date() }}), {{ as_of_date() }}) as last_day from positions
),

months as (
    select cast({{ dbt.last_day(dbt.dateadd('month', '1 - month_numbers.generated_number', 'last_month.last_day'), 'month') }} as date) as period
    from month_numbers
    cross join last_month
),

revenue_groups as (
    select
        legal_entity_id,
        currency_code,
        revenue_group,
        contract_id,
        min(period) as first_period
    from positions
    group by legal_entity_id, currency_code, revenue_group, contract_id
),

moved as (
    select
        legal_entity_id,
        currency_code,
        revenue_group,
        period,
        sum(billed_amount) as billed_amount,
        sum(earned_amount) as recognised_amount,
        sum(deferred_billed_amount) as deferred_billed_amount,
        sum(deferred_recognised_amount) as deferred_recognised_amount,
        sum(deferred_change_amount) as deferred_change_amount,
        sum(asset_recognised_amount) as asset_recognised_amount,
        sum(asset_billed_amount) as asset_billed_amount,
        sum(asset_change_amount) as asset_change_amount
    from positions
    group by legal_entity_id, currency_code, revenue_group, period
),

filled as (
    select
        revenue_groups.legal_entity_id,
        revenue_groups.currency_code,
        revenue_groups.revenue_group,
        revenue_groups.contract_id,
        coalesce(moved.billed_amount, 0) as billed_amount,
        coalesce(moved.recognised_amount, 0) as recognised_amount,
        coalesce(moved.deferred_billed_amount, 0) as deferred_billed_amount,
        coalesce(moved.deferred_recognised_amount, 0) as deferred_recognised_amount,
        coalesce(moved.deferred_change_amount, 0) as deferred_change_amount,
        coalesce(moved.asset_recognised_amount, 0) as asset_recognised_amount,
        coalesce(moved.asset_billed_amount, 0) as asset_billed_amount,
        coalesce(moved.asset_change_amount, 0) as asset_change_amount,
        months.period
    from revenue_groups
    inner join months on revenue_groups.first_period <= months.period
    left join moved
        on revenue_groups.legal_entity_id = moved.legal_entity_id
        and revenue_groups.currency_code = moved.currency_code
        and revenue_groups.revenue_group = moved.revenue_group
        and months.period = moved.period
),

running as (
    select
        *,
        sum(deferred_change_amount) over (
            partition by legal_entity_id, currency_code, revenue_group
            order by period rows between unbounded preceding and current row
        ) as deferred_closing_amount,
        sum(asset_change_amount) over (
            partition by legal_entity_id, currency_code, revenue_group
            order by period rows between unbounded preceding and current row
        ) as asset_closing_amount
    from filled
),

final as (
    select
        running.legal_entity_id,
        running.revenue_group,
        running.contract_id,
        running.currency_code,
        cast(running.billed_amount as {{ type_amount() }}) as billed_amount,
        cast(running.recognised_amount as {{ type_amount() }}) as recognised_amount,
        cast(running.deferred_closing_amount - running.deferred_change_amount as {{ type_amount() }}) as deferred_opening_amount,
        cast(running.deferred_billed_amount as {{ type_amount() }}) as deferred_billed_amount,
        cast(running.deferred_recognised_amount as {{ type_amount() }}) as deferred_recognised_amount,
        cast(running.deferred_closing_amount as {{ type_amount() }}) as deferred_closing_amount,
        cast(running.asset_closing_amount - running.asset_change_amount as {{ type_amount() }}) as asset_opening_amount,
        cast(running.asset_recognised_amount as {{ type_amount() }}) as asset_recognised_amount,
        cast(running.asset_billed_amount as {{ type_amount() }}) as asset_billed_amount,
        cast(running.asset_closing_amount as {{ type_amount() }}) as asset_closing_amount,
        {{ days_after('running.period', 'closing.days') }} <= {{ as_of_date() }} as is_closed,
        running.period,
        {{ days_after('running.period', 'closing.days') }} as closes_date
    from running
    cross join closing
)

select * from final
