{{ config(tags=['tie']) }}

-- Invariant 3: open items less unapplied cash = accounts receivable (1200) + unidentified receipts (1290) of accounting's own
-- trial balance, where one ends on the as-of date. What was accepted as left unpaid lowers our balance at once and
-- accounting's when it is posted there: so accounting may be behind, by all that was accepted since some day and nothing else.
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
),

accepted as (
    select
        legal_entity_id,
        currency_code,
        known_date,
        sum(difference_amount) as accepted_amount
    from {{ ref('int_differences_cleared') }}
    where is_live and effective_date <= {{ as_of_date() }}
    group by legal_entity_id, currency_code, known_date
),

not_posted_yet as (
    select
        legal_entity_id,
        currency_code,
        sum(accepted_amount) over (partition by legal_entity_id, currency_code order by known_date desc) as unposted_amount
    from accepted
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
left join not_posted_yet
    on
        trial_balances.legal_entity_id = not_posted_yet.legal_entity_id
        and trial_balances.currency_code = not_posted_yet.currency_code
        and trial_balances.accounting_amount - coalesce(ledger.ledger_amount, 0) = not_posted_yet.unposted_amount
where
    trial_balances.accounting_amount <> coalesce(ledger.ledger_amount, 0)
    and not_posted_yet.legal_entity_id is null
