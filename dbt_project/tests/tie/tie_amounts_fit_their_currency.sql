{{ config(tags=['tie']) }}

-- Every amount of the ledger has no more decimals than its currency; two where policy does not know the currency.
with entries as (
    select * from {{ ref('fct_ledger_entries') }}
),

currencies as (
    select * from {{ ref('currencies') }}
),

with_digits as (
    select
        entries.*,
        coalesce(currencies.minor_unit_digits, 2) as minor_unit_digits
    from entries
    left join currencies on entries.currency_code = currencies.currency_code
)

select
    entry_kind,
    document_key,
    receipt_key,
    currency_code,
    receivable_amount,
    unapplied_amount,
    'this amount has more decimals than its currency' as what_differs
from with_digits
where
    minor_unit_digits < 3
    and (
        receivable_amount <> case when minor_unit_digits = 0 then round(receivable_amount, 0) else round(receivable_amount, 2) end
        or unapplied_amount <> case when minor_unit_digits = 0 then round(unapplied_amount, 0) else round(unapplied_amount, 2) end
    )
