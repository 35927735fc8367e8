with decisions as (
    select * from {{ ref('stg_openitem__decisions') }} where kind = 'application_undone'
),

final as (
    select
        {{ json_text('payload', 'undoes') }} as undone_decision_key,
        min(subject_key) as receipt_key,
        min(sequence) as sequence,
        min(business_date) as undone_date
    from decisions
    group by {{ json_text('payload', 'undoes') }}
)

select * from final
