with contract_lines as (
    select * from {{ ref('dim_contracts') }}
),

schedules as (
    select * from {{ ref('stg_openitem__revenue_schedules') }}
),

judged_last as (
    select
        *,
        row_number() over (partition by obligation_key order by sequence desc) as recency_rank
    from {{ ref('stg_openitem__revenue_obligations') }}
),

judgements as (
    select * from {{ ref('stg_openitem__revenue_judgements') }}
    where kind = 'revenue_judgement_set' and is_last
),

defaults as (
    select * from {{ ref('revenue_judgements') }}
),

positions as (
    select
        case
            when contract_id is not null
                then {{ dbt.concat(["'contract|'", 'contract_id', "'|'", dbt.cast('contract_line_number', dbt.type_string())]) }}
            when order_number is not null and charge_kind = 'goods' then {{ dbt.concat(["'order|'", 'order_number']) }}
        end as obligation_key,
        sum(deferred_change_amount) as deferred_amount,
        sum(asset_change_amount) as unbilled_amount
    from {{ ref('int_revenue_positions') }}
    group by
        case
            when contract_id is not null
                then {{ dbt.concat(["'contract|'", 'contract_id', "'|'", dbt.cast('contract_line_number', dbt.type_string())]) }}
            when order_number is not null and charge_kind = 'goods' then {{ dbt.concat(["'order|'", 'order_number']) }}
        end
),

customers as (
    select * from {{ ref('dim_customers') }}
),

versions as (
    select * from {{ ref('int_subject_versions') }}
),

planned as (
    select
        obligation_key,
        max(charge_kind) as charge_kind,
        max(contract_id) as contract_id,
        max(contract_line_number) as contract_line_number,
        max(order_number) as order_number,
        max(customer_key) as customer_key,
        max(legal_entity_id) as legal_entity_id,
        max(currency_code) as currency_code,
        sum(planned_amount) as price_amount,
        sum(case when earned_date <= {{ as_of_date() }} then planned_amount else 0 end) as earned_amount,
        sum(case when earned_date is null then planned_amount else 0 end) as held_back_amount
    from schedules
    group by obligation_key
),

-- Every contract line, and of orders what is not finished or what a person judged.
listed as (
    select
        {{ dbt.concat(["'contract|'", 'contract_id', "'|'", dbt.cast('contract_line_number', dbt.type_string())]) }} as obligation_key,
        contract_kind as charge_kind,
        contract_id,
        contract_line_number,
        cast(null as {{ dbt.type_string() }}) as order_number,
        customer_key,
        legal_entity_id,
        currency_code,
        description
    from contract_lines

    union all

    select
        planned.obligation_key,
        planned.charge_kind,
        planned.contract_id,
        planned.contract_line_number,
        planned.order_number,
        planned.customer_key,
        planned.legal_entity_id,
        planned.currency_code,
        case when planned.order_number is not null then 'Goods of the order' else 'Contract line that is no longer agreed' end as description
    from planned
    left join positions on planned.obligation_key = positions.obligation_key
    left join judgements on planned.obligation_key = judgements.subject_key
    left join contract_lines
        on planned.contract_id = contract_lines.contract_id
        and planned.contract_line_number = contract_lines.contract_line_number
    where
        planned.charge_kind <> 'other'
        and contract_lines.contract_id is null
        and (
            planned.contract_id is not null
            or judgements.subject_key is not null
            or planned.earned_amount <> planned.price_amount
            or positions.deferred_amount <> 0
            or positions.unbilled_amount <> 0
        )
),

final as (
    select
        listed.obligation_key,
        listed.charge_kind,
        listed.legal_entity_id,
        listed.contract_id,
        listed.contract_line_number,
        listed.order_number,
        listed.customer_key,
        customers.customer_name,
        listed.description,
        coalesce(judgements.method, judged_last.method, defaults.method) as method,
        case when judgements.subject_key is not null then 'person' else coalesce(judged_last.judgement_source, 'policy') end as judgement_source,
        case
            when judgements.subject_key is not null then judgements.service_months
            else coalesce(judged_last.service_months, defaults.service_months)
        end as service_months,
        cast(coalesce(judgements.held_back_percent, judged_last.held_back_percent, defaults.held_back_percent) as {{ type_quantity() }}) as held_back_percent,
        judgements.actor as judged_by,
        judgements.note,
        listed.currency_code,
        cast(coalesce(planned.price_amount, 0) as {{ type_amount() }}) as price_amount,
        cast(coalesce(planned.earned_amount, 0) as {{ type_amount() }}) as earned_amount,
        cast(coalesce(planned.held_back_amount, 0) as {{ type_amount() }}) as held_back_amount,
        cast(coalesce(positions.deferred_amount, 0) as {{ type_amount() }}) as deferred_amount,
        cast(coalesce(positions.unbilled_amount, 0) as {{ type_amount() }}) as unbilled_amount,
        coalesce(versions.version, 0) as version
    from listed
    left join planned on listed.obligation_key = planned.obligation_key
    left join judged_last on listed.obligation_key = judged_last.obligation_key and judged_last.recency_rank = 1
    left join judgements on listed.obligation_key = judgements.subject_key
    left join defaults on listed.charge_kind = defaults.charge_kind
    left join positions on listed.obligation_key = positions.obligation_key
    left join customers on listed.customer_key = customers.customer_key
    left join versions on listed.obligation_key = versions.subject_key
)

select * from final
