{{ config(tags=['tie']) }}

-- Invariant 2: original = applied + credited + discount + withholding + fee absorbed + written off + open, per live
-- document of the as-of date; an invoice is never open below zero, a credit memo never above.
with documents as (
    select * from {{ ref('int_documents_unioned') }}
    where not is_cancelled and document_date <= {{ as_of_date() }}
),

applied as (
    select
        document_key,
        sum(applied_amount) as applied_amount,
        sum(discount_amount + withholding_amount + fee_absorbed_amount + written_off_amount) as cleared_amount
    from {{ ref('fct_applications') }}
    where effective_date <= {{ as_of_date() }}
    group by document_key
),

credits as (
    select
        invoice_key as document_key,
        credited_amount
    from {{ ref('int_credits_applied') }}
    where undone_date is null and effective_date <= {{ as_of_date() }}
    union all
    select
        credit_memo_key as document_key,
        -credited_amount as credited_amount
    from {{ ref('int_credits_applied') }}
    where undone_date is null and effective_date <= {{ as_of_date() }}
),

credited as (
    select
        document_key,
        sum(credited_amount) as credited_amount
    from credits
    group by document_key
),

open_items as (
    select * from {{ ref('fct_open_items') }}
),

split as (
    select
        documents.document_number,
        documents.document_type,
        documents.currency_code,
        case when documents.document_type = 'invoice' then documents.total_amount else -documents.total_amount end as original_amount,
        coalesce(applied.applied_amount, 0) as applied_amount,
        coalesce(credited.credited_amount, 0) as credited_amount,
        coalesce(applied.cleared_amount, 0) as cleared_amount,
        coalesce(open_items.open_amount, 0) as open_amount
    from documents
    left join applied on documents.document_key = applied.document_key
    left join credited on documents.document_key = credited.document_key
    left join open_items on documents.document_key = open_items.document_key
)

select
    *,
    case
        when document_type = 'invoice' and open_amount < 0 then 'more is settled than this invoice asked for'
        when document_type = 'credit_memo' and open_amount > 0 then 'more is used than this credit memo holds'
        else 'applied, credited, cleared and open do not add up to the document'
    end as what_differs
from split
where
    original_amount <> applied_amount + credited_amount + cleared_amount + open_amount
    or (document_type = 'invoice' and open_amount < 0)
    or (document_type = 'credit_memo' and open_amount > 0)
