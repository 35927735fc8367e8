with schedules as (
    select * from {{ ref('stg_openitem__revenue_schedules') }}
),

obligations as (
    select * from {{ ref('rpt_revenue_obligations') }}
),

by_month as (
    select
        schedules.obligation_key,
        case when schedules.earned_date is not null then cast({{ dbt.last_day('schedules.earned_date', 'month') }} as date) end as period,
        sum(schedules.planned_amount) as planned_amount,
        sum(case when schedules.earned_date <= {{ as_of_date() }} then schedules.planned_amount else 0 end) as earned_amount
    from schedules
    group by
        schedules.obligation_key,
        case when schedules.earned_date is not null then cast({{ dbt.last_day('schedules.earned_date', 'month') }} as date) end
),

final as (
    select
        by_month.obligation_key,
        obligations.legal_entity_id,
        obligations.contract_id,
        obligations.customer_key,
        obligations.charge_kind,
        obligations.currency_code,
        cast(by_month.planned_amount as {{ type_amount() }}) as planned_amount,
        cast(by_month.earned_amount as {{ type_amount() }}) as earned_amount,
        by_month.period is null as is_held_back,
        by_month.period
    from by_month
    inner join obligations on by_month.obligation_key = obligations.obligation_key
)

select * from final
