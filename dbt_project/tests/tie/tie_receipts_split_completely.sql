{{ config(tags=['tie']) }}

-- Invariant 1: received = applied + unapplied + refunded, per receipt, and no part is negative.
with receipts as (
    select * from {{ ref('fct_receipts') }}
),

applied as (
    select
        receipt_key,
        sum(applied_amount) as applied_amount
    from {{ ref('fct_applications') }}
    group by receipt_key
),

held as (
    select
        receipt_key,
        sum(unapplied_amount) as unapplied_amount
    from {{ ref('fct_ledger_entries') }}
    group by receipt_key
),

split as (
    select
        receipts.receipt_id,
        receipts.currency_code,
        receipts.receipt_amount,
        coalesce(applied.applied_amount, 0) as applied_amount,
        case when receipts.is_returned then receipts.receipt_amount else 0 end as refunded_amount,
        coalesce(held.unapplied_amount, 0) as unapplied_amount
    from receipts
    left join applied on receipts.receipt_key = applied.receipt_key
    left join held on receipts.receipt_key = held.receipt_key
)

select
    *,
    case
        when applied_amount < 0 then 'less than nothing is applied of this receipt'
        when unapplied_amount < 0 then 'more is applied than was received: look for two decisions about this receipt'
        else 'the parts of this receipt do not add up to what was received'
    end as what_differs
from split
where
    receipt_amount <> applied_amount + refunded_amount + unapplied_amount
    or applied_amount < 0
    or unapplied_amount < 0
