with open_receipts as (
    select * from {{ ref('int_receipts_settled') }}
    where unapplied_amount > 0
),

proposals as (
    select *
    from {{ ref('int_cash_matches_latest') }}
    where outcome = 'proposed' and document_key is not null
),

undone_decisions as (
    select * from {{ ref('stg_openitem__undone_decisions') }}
),

reviews as (
    select
        reviews.receipt_key,
        max(reviews.business_date) as reviewed_date
    from {{ ref('stg_openitem__match_reviews') }} as reviews
    left join undone_decisions on reviews.decision_key = undone_decisions.undone_decision_key
    where reviews.kind = 'match_rejected' and undone_decisions.undone_decision_key is null
    group by reviews.receipt_key
),

kept_on_account as (
    select * from {{ ref('int_receipts_kept_on_account') }}
),

reasons as (
    select * from {{ ref('reason_codes') }}
),

open_items as (
    select * from {{ ref('fct_open_items') }}
),

customers as (
    select * from {{ ref('dim_customers') }}
),

final as (
    select
        proposals.receipt_key,
        proposals.rank,
        proposals.rule,
        proposals.document_key,
        proposals.document_number,
        open_items.document_type,
        open_items.customer_key,
        customers.customer_name,
        proposals.reason_code,
        reasons.description as reason_description,
        open_items.open_amount as document_open_amount,
        proposals.applied_amount,
        cast(open_items.open_amount - proposals.applied_amount as decimal(18, 3)) as difference_amount,
        proposals.confidence,
        proposals.solution_count,
        proposals.evidence,
        open_items.due_date
    from proposals
    inner join open_receipts on proposals.receipt_key = open_receipts.receipt_key
    inner join open_items on proposals.document_key = open_items.document_key
    left join customers on open_items.customer_key = customers.customer_key
    left join reviews on proposals.receipt_key = reviews.receipt_key
    left join kept_on_account on proposals.receipt_key = kept_on_account.receipt_key
    left join reasons on proposals.reason_code = reasons.reason_code
    -- A proposal that a person turned down is not shown again; the walk makes another when it finds one.
    where
        (reviews.reviewed_date is null or reviews.reviewed_date < proposals.business_date)
        and kept_on_account.receipt_key is null
)

select * from final
