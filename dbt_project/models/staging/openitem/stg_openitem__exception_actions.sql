with decisions as (
    select *
    from {{ ref('stg_openitem__decisions') }}
    where kind in ('exception_assigned', 'exception_closed', 'exception_retried')
),

final as (
    select
        decision_key,
        subject_key as exception_key,
        kind,
        {{ json_text('payload', 'owner') }} as owner,
        {{ json_text('payload', 'note') }} as note,
        actor,
        sequence,
        business_date
    from decisions
)

select * from final
