with reviews as (
    select * from {{ ref('stg_openitem__match_reviews') }}
    where actor_kind = 'person'
),

applications as (
    select * from {{ ref('stg_openitem__applications') }}
),

matches as (
    select *
    from {{ source('generated', 'cash_matches') }}
    where business_date <= {{ as_of_date() }} and rank = 1 and document_key is not null
),

-- A person confirms what was shown until that day; a refusal may be followed by another proposal on the same day.
proposed_days as (
    select
        reviews.decision_key,
        max(matches.business_date) as proposed_date
    from reviews
    inner join matches
        on
            reviews.receipt_key = matches.receipt_key
            and matches.outcome = 'proposed'
            and (
                matches.business_date < reviews.business_date
                or (matches.business_date = reviews.business_date and reviews.kind <> 'match_rejected')
            )
    group by reviews.decision_key
),

proposed as (
    select
        reviews.decision_key,
        min(matches.rule) as proposed_rule,
        min(matches.confidence) as confidence,
        count(*) as proposed_count,
        sum(case when applications.document_key is not null then 1 else 0 end) as agreed_count
    from reviews
    inner join proposed_days on reviews.decision_key = proposed_days.decision_key
    inner join matches
        on reviews.receipt_key = matches.receipt_key and proposed_days.proposed_date = matches.business_date
    left join applications
        on
            reviews.decision_key = applications.decision_key
            and matches.document_key = applications.document_key
            and matches.applied_amount = applications.applied_amount
    group by reviews.decision_key
),

decided as (
    select
        decision_key,
        count(*) as decided_count
    from applications
    group by decision_key
),

final as (
    select
        reviews.decision_key,
        reviews.receipt_key,
        reviews.kind,
        reviews.reason_code,
        reviews.actor,
        proposed.proposed_rule,
        proposed.confidence,
        case
            when proposed.confidence is not null
                then cast(least(floor(proposed.confidence * 10), 9) * 10 as integer)
        end as confidence_band,
        case
            when proposed.decision_key is null or reviews.kind = 'application_undone' then null
            else coalesce(decided.decided_count, 0) = proposed.proposed_count
                and proposed.agreed_count = proposed.proposed_count
        end as is_as_proposed,
        reviews.business_date
    from reviews
    left join proposed on reviews.decision_key = proposed.decision_key
    left join decided on reviews.decision_key = decided.decision_key
)

select * from final
