{{ config(tags=['tie']) }}

-- Invariant 3: open items less unapplied cash = accounts receivable (1200) + unidentified receipts (1290) of accounting's own
-- trial balance, where one ends on the as-of date.
with trial_balances as (
    select
        legal_entity_id,
        currency_code,
        sum(balance_amount) as accounting_amount
    from {{ ref('fct_trial_balances') }}
    where as_of_date = {{ as_of_date() }} and account_number in ('1200', '1290')
    group by legal_entity_id, currency_code
),

ledger as (
    select
        legal_entity_id,
        currency_code,
        sum(receivable_amount - unapplied_amount) as ledger_amount
    from {{ ref('fct_ledger_entries') }}
    where effective_date <= {{ as_of_date() }}
    group by legal_entity_id, currency_code
)

select
    trial_balances.legal_entity_id,
    trial_balances.currency_code,
    trial_balances.accounting_amount,
    coalesce(ledger.ledger_amount, 0) as ledger_amount,
    trial_balances.accounting_amount - coalesce(ledger.ledger_amount, 0) as difference_amount,
    'accounting holds another balance: look for a document or receipt of this amount that one side lacks' as what_differs
from trial_balances
left join ledger
    on trial_balances.legal_entity_id = ledger.legal_entity_id and trial_balances.currency_code = ledger.currency_code
where trial_balances.accounting_amount <> coalesce(ledger.ledger_amount, 0)
