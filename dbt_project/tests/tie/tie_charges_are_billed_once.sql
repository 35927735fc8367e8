{{ config(tags=['tie']) }}

-- Invariant 5: what is issued here bills each charge at most once among all live invoices. (Accounting billing a charge
-- twice by itself is an exception that a person gets, not a fault of ours.)
-- One that was credited in full to be replaced is live no more.
with replaced as (
    select credits_document_key from {{ ref('stg_openitem__credit_memos') }}
    where is_replaced
),

live_invoices as (
    select invoices.*
    from {{ ref('fct_invoices') }} as invoices
    left join replaced on invoices.document_key = replaced.credits_document_key
    where not invoices.is_cancelled and invoices.billing_key is not null and replaced.credits_document_key is null
)

select
    billing_key,
    count(*) as invoice_count,
    min(document_number) as first_document_number,
    max(document_number) as last_document_number,
    'this charge is billed by more than one live invoice' as what_differs
from live_invoices
group by billing_key
having count(*) > 1 and max(case when issued_by = 'openitem' then 1 else 0 end) = 1
