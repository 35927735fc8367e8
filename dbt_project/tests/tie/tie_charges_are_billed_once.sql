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
    from {{ ref('fct_invoice_charges') }} as invoices
    left join replaced on invoices.document_key = replaced.credits_document_key
    where not invoices.is_cancelled and replaced.credits_document_key is null
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

union all

-- What an invoice bills of its charges is the invoice, to the cent.
select
    invoices.document_key,
    count(*),
    min(invoices.document_number),
    max(invoices.document_number),
    'the charges of this invoice do not add up to it'
from {{ ref('fct_invoices') }} as invoices
inner join {{ ref('fct_invoice_charges') }} as charges on invoices.document_key = charges.document_key
group by invoices.document_key, invoices.net_amount, invoices.tax_amount, invoices.total_amount
having
    sum(charges.net_amount) <> invoices.net_amount
    or sum(charges.tax_amount) <> invoices.tax_amount
    or sum(charges.total_amount) <> invoices.total_amount
