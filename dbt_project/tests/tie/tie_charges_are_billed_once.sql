{{ config(tags=['tie']) }}

-- Invariant 5: what is issued here bills each charge at most once among all live invoices. (Accounting billing a charge
-- twice by itself is an exception that a person gets, not a fault of ours.)
with live_invoices as (
    select * from {{ ref('fct_invoices') }}
    where not is_cancelled and billing_key is not null
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
