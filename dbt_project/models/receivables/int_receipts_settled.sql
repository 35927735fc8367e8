with receipts as (
    select * from {{ ref('int_receipts_identified') }}
),

entries as (
    select * from {{ ref('fct_ledger_entries') }}
    where receipt_key is not null
),

summed as (
    select
        receipt_key,
        {{ money_sum("case when entry_kind in ('application', 'application_undone', 'application_returned') then -unapplied_amount end") }} as applied_amount,
        {{ money_sum("case when entry_kind = 'receipt_returned' then -unapplied_amount end") }} as refunded_amount,
        {{ money_sum('unapplied_amount') }} as unapplied_amount
    from entries
    group by receipt_key
),

final as (
    select
        receipts.receipt_key,
        receipts.receipt_id,
        receipts.legal_entity_id,
        receipts.customer_key,
        receipts.currency_code,
        receipts.receipt_amount,
        summed.applied_amount,
        summed.refunded_amount,
        summed.unapplied_amount,
        receipts.is_returned,
        receipts.value_date,
        receipts.known_date
    from receipts
    inner join summed on receipts.receipt_key = summed.receipt_key
)

select * from final
