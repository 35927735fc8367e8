with entries as (
    select * from {{ ref('stg_openitem__revenue_entries') }}
),

by_period as (
    select
        charge_key,
        charge_kind,
        contract_id,
        contract_line_number,
        order_number,
        customer_key,
        legal_entity_id,
        currency_code,
        period,
        sum(receivable_amount) as billed_amount,
        sum(-revenue_amount) as earned_amount,
        sum(case when entry_kind = 'billing' then -deferred_revenue_amount else 0 end) as deferred_billed_amount,
        sum(case when entry_kind = 'recognition' then deferred_revenue_amount else 0 end) as deferred_recognised_amount,
        sum(case when entry_kind = 'recognition' then contract_asset_amount else 0 end) as asset_recognised_amount,
        sum(case when entry_kind = 'billing' then -contract_asset_amount else 0 end) as asset_billed_amount
    from entries
    group by
        charge_key,
        charge_kind,
        contract_id,
        contract_line_number,
        order_number,
        customer_key,
        legal_entity_id,
        currency_code,
        period
),

running as (
    select
        *,
        sum(billed_amount - earned_amount) over (
            partition by charge_key order by period rows between unbounded preceding and current row
        ) as position_after
    from by_period
),

final as (
    select
        charge_key,
        charge_kind,
        contract_id,
        contract_line_number,
        order_number,
        customer_key,
        legal_entity_id,
        currency_code,
        cast(billed_amount as {{ type_amount() }}) as billed_amount,
        cast(earned_amount as {{ type_amount() }}) as earned_amount,
        cast(deferred_billed_amount as {{ type_amount() }}) as deferred_billed_amount,
        cast(deferred_recognised_amount as {{ type_amount() }}) as deferred_recognised_amount,
        cast(asset_recognised_amount as {{ type_amount() }}) as asset_recognised_amount,
        cast(asset_billed_amount as {{ type_amount() }}) as asset_billed_amount,
        cast(
            greatest(position_after, 0) - greatest(position_after - billed_amount + earned_amount, 0) as {{ type_amount() }}
        ) as deferred_change_amount,
        cast(
            greatest(-position_after, 0) - greatest(billed_amount - earned_amount - position_after, 0) as {{ type_amount() }}
        ) as asset_change_amount,
        period
    from running
)

select * from final
