with decisions as (
    select
        *,
        row_number() over (partition by subject_key order by sequence desc) as recency_rank
    from {{ ref('stg_openitem__decisions') }}
    where kind = 'revenue_recognised'
),

latest as (
    select * from decisions where recency_rank = 1
),

parts as (
    select
        subject_key,
        payload,
        element,
        element_position,
        business_date
    from latest
    {{ join_json_elements('payload', 'schedule') }}
),

final as (
    select
        subject_key as charge_key,
        cast(element_position as integer) as part_position,
        {{ json_text('element', 'obligation_key') }} as obligation_key,
        {{ json_text('payload', 'charge_kind') }} as charge_kind,
        {{ json_text('payload', 'contract_id') }} as contract_id,
        {{ json_integer('payload', 'contract_line_number') }} as contract_line_number,
        {{ json_text('payload', 'order_number') }} as order_number,
        {{ json_text('payload', 'customer_key') }} as customer_key,
        {{ json_text('payload', 'legal_entity_id') }} as legal_entity_id,
        {{ json_text('payload', 'currency_code') }} as currency_code,
        {{ json_amount('payload', 'price') }} as price_amount,
        {{ json_amount('element', 'amount') }} as planned_amount,
        {{ json_date('element', 'earned_date') }} as earned_date,
        business_date as planned_date
    from parts
)

select * from final
