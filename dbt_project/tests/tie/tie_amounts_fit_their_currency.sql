{{ config(tags=['tie']) }}

-- Every amount that is owed, received, ordered or about to be billed has no more decimals than its currency; two where policy
-- does not know the currency. (Lines and net amounts of mapped tables are the source's own, with its rounding beside them; revenue is not.)
with amounts as (
    select
        'entry of the ledger' as what,
        entry_key as subject_key,
        currency_code,
        receivable_amount as first_amount,
        unapplied_amount as second_amount
    from {{ ref('fct_ledger_entries') }}

    union all

    select
        'tax and total of an invoice',
        document_number,
        currency_code,
        tax_amount,
        total_amount
    from {{ ref('fct_invoices') }}

    union all

    select
        'net amount of an invoice issued here, and of its lines',
        invoices.document_number,
        invoices.currency_code,
        invoices.net_amount,
        lines.net_amount
    from {{ ref('fct_invoices') }} as invoices
    inner join {{ ref('fct_invoice_lines') }} as lines on invoices.document_key = lines.document_key
    where invoices.issued_by = 'openitem'

    union all

    select
        'tax and total of a credit memo',
        document_number,
        currency_code,
        tax_amount,
        total_amount
    from {{ ref('fct_credit_memos') }}

    union all

    select
        'tax and total of an order of the shop',
        order_number,
        currency_code,
        tax_amount,
        total_amount
    from {{ ref('fct_orders') }}
    where source_system = 'shop'

    union all

    select
        'net and total of a draft',
        billing_key,
        currency_code,
        net_amount,
        total_amount
    from {{ source('generated', 'invoice_drafts') }}

    union all

    select
        'amounts of a cash match',
        receipt_key,
        currency_code,
        applied_amount,
        unapplied_amount
    from {{ source('generated', 'cash_matches') }}

    union all

    select
        'revenue of a charge',
        entry_key,
        currency_code,
        debit_amount,
        credit_amount
    from {{ source('generated', 'revenue_entries') }}
),

currencies as (
    select * from {{ ref('currencies') }}
),

with_digits as (
    select
        amounts.*,
        coalesce(currencies.minor_unit_digits, 2) as minor_unit_digits
    from amounts
    left join currencies on amounts.currency_code = currencies.currency_code
)

select
    what,
    subject_key,
    currency_code,
    first_amount,
    second_amount,
    'this amount has more decimals than its currency' as what_differs
from with_digits
where
    minor_unit_digits < 3
    and (
        first_amount <> case when minor_unit_digits = 0 then round(first_amount, 0) else round(first_amount, 2) end
        or second_amount <> case when minor_unit_digits = 0 then round(second_amount, 0) else round(second_amount, 2) end
    )
