{{ config(tags=['tie']) }}

-- Invariant 8: every message belongs to a decision, every queued reminder has its message, every decision of a rule that moves
-- money or leaves the building says what it rests on, and every application names a receipt and a document we know.
with decisions as (
    select * from {{ ref('stg_openitem__decisions') }}
),

outbox as (
    select * from {{ ref('stg_openitem__outbox') }}
),

applications as (
    select * from {{ ref('stg_openitem__applications') }}
),

receipts as (
    select receipt_key from {{ ref('fct_receipts') }}
),

documents as (
    select document_key from {{ ref('int_documents_unioned') }}
)

select
    outbox.outbox_key as subject_key,
    'this message belongs to no decision' as what_differs
from outbox
left join decisions on outbox.decision_key = decisions.decision_key
where decisions.decision_key is null

union all

select
    decisions.decision_key,
    'this reminder was decided, but no message is in the outbox'
from decisions
left join outbox on decisions.decision_key = outbox.decision_key
where decisions.kind = 'reminder_queued' and outbox.outbox_key is null

union all

select
    decision_key,
    'this decision of a rule has no evidence'
from decisions
where
    kind in ('cash_applied', 'reminder_queued')
    and actor_kind = 'rule'
    and coalesce(evidence, '{}') = '{}'

union all

select
    applications.decision_key,
    'this decision applies cash of a receipt or to a document that is not in the marts'
from applications
left join receipts on applications.receipt_key = receipts.receipt_key
left join documents on applications.document_key = documents.document_key
where receipts.receipt_key is null or documents.document_key is null
