with reviews as (
    select * from {{ ref('stg_openitem__match_reviews') }}
    where kind = 'cash_on_account' and actor_kind = 'person'
),

undone_decisions as (
    select * from {{ ref('stg_openitem__undone_decisions') }}
),

final as (
    select
        reviews.receipt_key,
        max(reviews.decision_key) as decision_key,
        max(reviews.business_date) as kept_date
    from reviews
    left join undone_decisions on reviews.decision_key = undone_decisions.undone_decision_key
    where undone_decisions.undone_decision_key is null
    group by reviews.receipt_key
)

select * from final
