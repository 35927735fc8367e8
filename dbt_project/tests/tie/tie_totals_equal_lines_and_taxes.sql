{{ config(tags=['tie']) }}

-- Invariant 4: a document's net amount is the sum of its lines, its total is net plus taxes (and the rounding its source
-- states), and what is issued here never needs rounding.
with documents as (
    select
        document_key,
        document_number,
        currency_code,
        issued_by,
        net_amount,
        tax_amount,
        rounding_amount,
        total_amount
    from {{ ref('fct_invoices') }}
    union all
    select
        document_key,
        document_number,
        currency_code,
        'source',
        net_amount,
        tax_amount,
        rounding_amount,
        total_amount
    from {{ ref('fct_credit_memos') }}
),

lines as (
    select
        document_key,
        net_amount
    from {{ ref('fct_invoice_lines') }}
    union all
    select
        document_key,
        net_amount
    from {{ ref('fct_credit_memo_lines') }}
),

summed as (
    select
        document_key,
        sum(net_amount) as line_amount
    from lines
    group by document_key
)

select
    documents.document_number,
    documents.currency_code,
    summed.line_amount,
    documents.net_amount,
    documents.tax_amount,
    documents.rounding_amount,
    documents.total_amount,
    case
        when summed.line_amount is null then 'this document has no lines'
        when summed.line_amount <> documents.net_amount then 'the lines do not add up to the net amount'
        else 'net, tax and rounding do not add up to the total'
    end as what_differs
from documents
left join summed on documents.document_key = summed.document_key
where
    summed.line_amount is null
    or summed.line_amount <> documents.net_amount
    or documents.net_amount + documents.tax_amount + coalesce(documents.rounding_amount, 0) <> documents.total_amount
    or (documents.issued_by = 'openitem' and coalesce(documents.rounding_amount, 0) <> 0)
