with decisions as (
    select *
    from {{ ref('stg_openitem__decisions') }}
    where
        kind in ('draft_approved', 'draft_rejected', 'draft_corrected', 'draft_held', 'invoice_cancelled')
        or (kind in ('credit_memo_issued', 'charge_credited') and {{ json_text('payload', 'bills_again') }} = 'true')
),

final as (
    select
        decision_key,
        subject_key as billing_key,
        kind,
        {{ json_text('payload', 'draft_digest') }} as draft_digest,
        reason_code,
        actor,
        payload,
        sequence,
        business_date
    from decisions
)

select * from final
