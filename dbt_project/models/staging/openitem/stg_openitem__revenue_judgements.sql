with decisions as (
    select
        *,
        row_number() over (partition by kind, subject_key order by sequence desc) as recency_rank
    from {{ ref('stg_openitem__decisions') }}
    where kind in ('revenue_judgement_set', 'revenue_default_judgement_set')
),

final as (
    select
        decision_key,
        kind,
        subject_key,
        {{ json_text('payload', 'method') }} as method,
        {{ json_text('payload', 'note') }} as note,
        actor,
        {{ json_integer('payload', 'service_months') }} as service_months,
        {{ json_quantity('payload', 'held_back_percent') }} as held_back_percent,
        sequence,
        recency_rank = 1 as is_last,
        {{ json_date('payload', 'effective_date') }} as effective_date,
        business_date as known_date
    from decisions
)

select * from final
