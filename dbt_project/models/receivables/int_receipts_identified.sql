with receipts as (
    select * from {{ ref('fct_receipts') }}
),

decided_customers as (
    select * from {{ ref('stg_openitem__receipt_customers') }}
),

undone_decisions as (
    select * from {{ ref('stg_openitem__undone_decisions') }}
),

standing_customers as (
    select
        decided_customers.receipt_key,
        decided_customers.customer_key,
        row_number() over (
            partition by decided_customers.receipt_key order by decided_customers.sequence desc
        ) as recency_rank
    from decided_customers
    left join undone_decisions on decided_customers.decision_key = undone_decisions.undone_decision_key
    where undone_decisions.undone_decision_key is null
),

final as (
    select
        receipts.receipt_key,
        receipts.receipt_id,
        receipts.source_system,
        receipts.legal_entity_id,
        coalesce(receipts.customer_key, standing_customers.customer_key) as customer_key,
        receipts.currency_code,
        receipts.receipt_amount,
        receipts.is_returned,
        receipts.value_date,
        receipts.returned_date,
        receipts.known_date,
        receipts.returned_known_date
    from receipts
    left join standing_customers
        on receipts.receipt_key = standing_customers.receipt_key and standing_customers.recency_rank = 1
)

select * from final
