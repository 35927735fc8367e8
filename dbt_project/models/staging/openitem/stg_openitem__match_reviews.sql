with decisions as (
    select *
    from {{ ref('stg_openitem__decisions') }}
    where kind in ('match_confirmed', 'match_rejected', 'match_changed', 'application_undone', 'cash_on_account')
),

final as (
    select
        decision_key,
        subject_key as receipt_key,
        kind,
        actor_kind,
        reason_code,
        actor,
        sequence,
        business_date
    from decisions
)

select * from final
