{{ config(tags=['tie']) }}

-- Orders, invoices and receipts are in the marts once each: count and sum per currency as in the last raw version of each.
with shop_orders as (
    select
        id,
        currency,
        total_price,
        row_number() over (partition by id order by _received_at desc, _row_number desc) as version_rank
    from {{ source('raw', 'shop__orders') }}
    where {{ known_by_as_of() }}
),

accounting_invoices as (
    select
        realm,
        currency,
        total_amt,
        row_number() over (partition by realm, id order by updated_at desc nulls last, _received_at desc, _row_number desc) as version_rank
    from {{ source('raw', 'quickbooks__invoices') }}
    where {{ known_by_as_of() }}
),

unbanked_payments as (
    select
        currency,
        total_amt,
        payment_ref_num,
        row_number() over (partition by realm, id order by updated_at desc nulls last, _received_at desc, _row_number desc) as version_rank
    from {{ source('raw', 'quickbooks__payments') }}
    where {{ known_by_as_of() }}
),

bank_credits as (
    select
        currency,
        amount,
        row_number() over (
            partition by account, statement_id, booking_date, entry_number, sub_number
            order by _received_at desc, _row_number desc
        ) as version_rank
    from {{ source('raw', 'bank__entries') }}
    where
        {{ known_by_as_of() }}
        and direction = 'C'
        and lower(coalesce(is_reversal, 'false')) <> 'true'
        and coalesce(status, 'BOOK') not in ('PDNG', 'INFO')
),

table_documents as (
    select
        document_type,
        currency_code,
        total_amount,
        row_number() over (
            partition by _source_system, document_type, legal_entity_id, document_number order by _received_at desc, _row_number desc
        ) as version_rank
    from {{ source('raw', 'table__documents') }}
    where {{ known_by_as_of() }}
),

table_receipts as (
    select
        currency_code,
        amount,
        row_number() over (partition by _source_system, receipt_id order by _received_at desc, _row_number desc) as version_rank
    from {{ source('raw', 'table__receipts') }}
    where {{ known_by_as_of() }}
),

both_sides as (
    select
        'orders of the shop' as what,
        currency as currency_code,
        {{ to_amount('total_price') }} as raw_amount,
        1 as raw_count,
        0 as mart_amount,
        0 as mart_count
    from shop_orders where version_rank = 1
    union all
    select
        'orders of the shop',
        currency_code,
        0,
        0,
        total_amount,
        1
    from {{ ref('fct_orders') }} where source_system = 'shop'

    union all

    select
        'invoices of accounting',
        currency,
        {{ to_amount('total_amt') }},
        1,
        0,
        0
    from accounting_invoices where version_rank = 1
    union all
    select
        'invoices of accounting',
        currency_code,
        0,
        0,
        total_amount,
        1
    from {{ ref('fct_invoices') }} where source_system = 'quickbooks'
    union all
    select
        'invoices of accounting',
        currency_code,
        0,
        0,
        total_amount,
        1
    from {{ ref('fct_invoices') }}
    where issued_by = 'openitem' and is_posted_in_accounting

    union all

    select
        'receipts of the bank',
        currency,
        {{ to_amount('amount') }},
        1,
        0,
        0
    from bank_credits where version_rank = 1
    union all
    select
        'receipts of the bank',
        currency_code,
        0,
        0,
        receipt_amount,
        1
    from {{ ref('fct_receipts') }} where source_system = 'bank'

    union all

    select
        'unbanked payments',
        currency,
        {{ to_amount('total_amt') }},
        1,
        0,
        0
    from unbanked_payments
    where version_rank = 1 and {{ to_text('payment_ref_num') }} is null
    union all
    select
        'unbanked payments',
        currency_code,
        0,
        0,
        receipt_amount,
        1
    from {{ ref('fct_receipts') }} where is_unbanked

    union all

    select
        'invoices of tables',
        currency_code,
        {{ to_amount('total_amount') }},
        1,
        0,
        0
    from table_documents
    where version_rank = 1 and document_type = 'invoice'
    union all
    select
        'invoices of tables',
        currency_code,
        0,
        0,
        total_amount,
        1
    from {{ ref('fct_invoices') }} where issued_by = 'table'

    union all

    select
        'receipts of tables',
        currency_code,
        {{ to_amount('amount') }},
        1,
        0,
        0
    from table_receipts where version_rank = 1
    union all
    select
        'receipts of tables',
        currency_code,
        0,
        0,
        receipt_amount,
        1
    from {{ ref('fct_receipts') }}
    where source_system not in ('bank', 'quickbooks')
)

select
    what,
    currency_code,
    sum(raw_count) as raw_count,
    sum(mart_count) as mart_count,
    sum(raw_amount) as raw_amount,
    sum(mart_amount) as mart_amount,
    'raw and marts hold different counts or sums: an echo without its invoice, a lost version or a fan-out' as what_differs
from both_sides
group by what, currency_code
having sum(raw_count) <> sum(mart_count) or sum(raw_amount) <> sum(mart_amount)
