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

judged as (
    select
        sequence,
        subject_key,
        payload,
        element,
        element_position
    from latest
    {{ join_json_elements('payload', 'judgements') }}
),

final as (
    select
        subject_key as charge_key,
        {{ json_text('element', 'obligation_key') }} as obligation_key,
        {{ json_text('element', 'method') }} as method,
        {{ json_text('element', 'source') }} as judgement_source,
        {{ json_integer('element', 'service_months') }} as service_months,
        {{ json_quantity('element', 'held_back_percent') }} as held_back_percent,
        sequence
    from judged
)

select * from final
