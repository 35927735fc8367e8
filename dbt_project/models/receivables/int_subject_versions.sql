with decisions as (
    select * from {{ ref('stg_openitem__decisions') }}
),

final as (
    select
        subject_key,
        max(sequence) as version
    from decisions
    group by subject_key
)

select * from final
