{{ config(tags=['tie']) }}

-- Invariant 9: no reminder to an item that, by what was known that day, is paid, covered by cash in hand, disputed, rejected,
-- promised, on hold, or not yet due (level 0 is a courtesy note that a customer asked for).
with sent as (
    select *
    from {{ source('generated', 'reminder_plan') }}
    where decision = 'send' and business_date <= {{ as_of_date() }}
),

entries as (
    select * from {{ ref('fct_ledger_entries') }}
    where document_key is not null
),

balances as (
    select
        sent.business_date,
        sent.document_key,
        coalesce(sum(entries.receivable_amount), 0) as open_amount
    from sent
    left join entries
        on
            sent.document_key = entries.document_key
            and sent.business_date >= entries.effective_date
            and sent.business_date >= entries.known_date
    group by sent.business_date, sent.document_key
),

identified_receipts as (
    select
        receipt_key,
        customer_key,
        known_date as identified_date
    from {{ ref('fct_receipts') }}
    where customer_key is not null
    union all
    select
        customers.receipt_key,
        customers.customer_key,
        customers.business_date
    from {{ ref('stg_openitem__receipt_customers') }} as customers
    left join {{ ref('stg_openitem__undone_decisions') }} as undone on customers.decision_key = undone.undone_decision_key
    where undone.undone_decision_key is null
),

receipt_movements as (
    select
        identified_receipts.customer_key,
        receipt_entries.currency_code,
        receipt_entries.unapplied_amount,
        greatest(identified_receipts.identified_date, receipt_entries.known_date, receipt_entries.effective_date) as counts_from_date
    from identified_receipts
    inner join {{ ref('fct_ledger_entries') }} as receipt_entries on identified_receipts.receipt_key = receipt_entries.receipt_key
),

cash_in_hand as (
    select
        sent.business_date,
        sent.document_key,
        sum(receipt_movements.unapplied_amount) as unapplied_amount
    from sent
    inner join receipt_movements
        on
            sent.customer_key = receipt_movements.customer_key
            and sent.currency_code = receipt_movements.currency_code
            and sent.business_date >= receipt_movements.counts_from_date
    group by sent.business_date, sent.document_key
),

disputes as (
    select
        disputed.*,
        objections.document_key as contested_document_key
    from {{ ref('fct_disputes') }} as disputed
    inner join {{ ref('int_objections_matched_to_invoices') }} as objections
        on disputed.dispute_key = objections.objection_key and objections.objection_kind = 'dispute'
),

rejections as (
    select
        rejected.*,
        objections.document_key
    from {{ ref('fct_invoice_rejections') }} as rejected
    inner join {{ ref('int_objections_matched_to_invoices') }} as objections
        on rejected.rejection_key = objections.objection_key and objections.objection_kind = 'rejection'
),

promises as (
    select * from {{ ref('stg_openitem__promises') }}
),

holds as (
    select
        subject_key,
        kind,
        business_date as first_date,
        lead(business_date) over (partition by subject_key order by sequence) as next_date
    from {{ ref('stg_openitem__holds') }}
    where kind in ('reminder_held', 'reminder_released')
)

select
    sent.business_date,
    sent.document_number,
    'reminded although nothing was open on it' as what_differs
from sent
inner join balances on sent.business_date = balances.business_date and sent.document_key = balances.document_key
where balances.open_amount <= 0

union all

select
    sent.business_date,
    sent.document_number,
    'reminded although cash of the customer in hand covered it'
from sent
inner join cash_in_hand on sent.business_date = cash_in_hand.business_date and sent.document_key = cash_in_hand.document_key
where cash_in_hand.unapplied_amount >= sent.open_amount

union all

select
    business_date,
    document_number,
    'reminded before it was due'
from sent
where dunning_level > 0 and (due_date is null or due_date >= business_date)

union all

select
    sent.business_date,
    sent.document_number,
    'reminded while a dispute was open'
from sent
inner join disputes on sent.document_key = disputes.contested_document_key
where
    disputes.known_date <= sent.business_date
    -- What is contested over a network became a dispute late: days closed before it did are not decided again.
    and (disputes.network is null or sent.business_date = {{ as_of_date() }})
    and (disputes.resolved_known_date is null or disputes.resolved_known_date > sent.business_date)

union all

select
    sent.business_date,
    sent.document_number,
    'reminded although a promise to pay was running'
from sent
inner join promises on sent.document_key = promises.document_key
where promises.known_date <= sent.business_date and promises.promised_date >= sent.business_date

union all

select
    sent.business_date,
    sent.document_number,
    'reminded although a person held reminders'
from sent
inner join holds
    on
        holds.subject_key in (sent.document_key, sent.customer_key)
        and holds.kind = 'reminder_held'
        and sent.business_date >= holds.first_date
        and (holds.next_date is null or sent.business_date < holds.next_date)

union all

select
    sent.business_date,
    sent.document_number,
    'reminded although it was turned down'
from sent
inner join rejections on sent.document_key = rejections.document_key
where rejections.known_date <= sent.business_date
