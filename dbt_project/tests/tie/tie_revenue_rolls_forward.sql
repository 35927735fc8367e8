{{ config(tags=['tie']) }}

-- Deferred revenue and contract assets roll forward: opening, plus what the entries put in, less what they took out, equals a
-- closing balance computed from billed and earned alone. Every entry balances, every price is planned in full, and what revenue
-- calls billed is what the documents say, net of tax, by the rounding rule.
with roll_forward as (
    select * from {{ ref('rpt_revenue_roll_forward') }}
),

entries as (
    select * from {{ ref('stg_openitem__revenue_entries') }}
),

schedules as (
    select * from {{ ref('stg_openitem__revenue_schedules') }}
),

currencies as (
    select * from {{ ref('currencies') }}
),

journal as (
    select * from {{ ref('rpt_revenue_journal') }}
),

documents as (
    select
        legal_entity_id,
        currency_code,
        document_number,
        net_amount
    from {{ ref('fct_invoices') }}
    where not is_cancelled

    union all

    select
        legal_entity_id,
        currency_code,
        document_number,
        -net_amount
    from {{ ref('fct_credit_memos') }}
    where not is_cancelled
),

billed_by_documents as (
    select
        documents.legal_entity_id,
        documents.currency_code,
        sum(
            case coalesce(currencies.minor_unit_digits, 2)
                when 0 then round(documents.net_amount, 0)
                when 2 then round(documents.net_amount, 2)
                else documents.net_amount
            end
        ) as billed_amount
    from documents
    left join currencies on documents.currency_code = currencies.currency_code
    group by documents.legal_entity_id, documents.currency_code
),

billed_by_entries as (
    select
        legal_entity_id,
        currency_code,
        sum(receivable_amount) as billed_amount
    from entries
    group by legal_entity_id, currency_code
)

select
    revenue_group as subject_key,
    currency_code,
    'deferred revenue: opening + billed - recognised is not closing' as what_differs
from roll_forward
where deferred_opening_amount + deferred_billed_amount - deferred_recognised_amount <> deferred_closing_amount

union all

select
    revenue_group,
    currency_code,
    'contract asset: opening + recognised - billed is not closing'
from roll_forward
where asset_opening_amount + asset_recognised_amount - asset_billed_amount <> asset_closing_amount

union all

select
    revenue_group,
    currency_code,
    'billed less recognised is not the change of deferred revenue less contract asset'
from roll_forward
where
    deferred_opening_amount - asset_opening_amount + billed_amount - recognised_amount
    <> deferred_closing_amount - asset_closing_amount

union all

select
    entry_key,
    currency_code,
    'this entry does not balance'
from entries
where receivable_amount + contract_asset_amount + deferred_revenue_amount + revenue_amount <> 0

union all

select
    {{ dbt.concat(['legal_entity_id', "' '", dbt.cast('period', dbt.type_string())]) }},
    currency_code,
    'debits and credits of this month differ'
from journal
group by legal_entity_id, currency_code, period
having sum(debit_amount) <> sum(credit_amount)

union all

select
    charge_key,
    min(currency_code),
    'the schedule does not add up to the price'
from schedules
group by charge_key
having sum(planned_amount) <> max(price_amount)

union all

select
    coalesce(billed_by_entries.legal_entity_id, billed_by_documents.legal_entity_id),
    coalesce(billed_by_entries.currency_code, billed_by_documents.currency_code),
    'what revenue posted as billed is not what the documents bill'
from billed_by_documents
full outer join billed_by_entries
    on billed_by_documents.legal_entity_id = billed_by_entries.legal_entity_id
    and billed_by_documents.currency_code = billed_by_entries.currency_code
where coalesce(billed_by_entries.billed_amount, 0) <> coalesce(billed_by_documents.billed_amount, 0)
