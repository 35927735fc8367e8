{{ config(tags=['tie']) }}

-- Invariant 6: opening + entries = closing in each bank statement, and each opens where the one before it closed.
with statements as (
    select * from {{ ref('stg_bank__statements') }}
),

entries as (
    select
        bank_account,
        statement_id,
        sum(case when direction = 'C' then entry_amount else -entry_amount end) as entry_amount
    from {{ ref('stg_bank__entries') }}
    where coalesce(entry_status, 'BOOK') not in ('PDNG', 'INFO')
    group by bank_account, statement_id
),

chained as (
    select
        statements.bank_account,
        statements.statement_id,
        statements.to_date,
        statements.opening_balance_amount,
        coalesce(entries.entry_amount, 0) as entry_amount,
        statements.closing_balance_amount,
        lag(statements.closing_balance_amount) over (
            partition by statements.bank_account order by statements.to_date, statements.statement_id
        ) as previous_closing_balance_amount
    from statements
    left join entries
        on statements.bank_account = entries.bank_account and statements.statement_id = entries.statement_id
)

select
    *,
    case
        when opening_balance_amount + entry_amount <> closing_balance_amount
            then 'opening balance and entries do not give the closing balance'
        else 'this statement does not open where the one before it closed: a statement is missing'
    end as what_differs
from chained
where
    opening_balance_amount + entry_amount <> closing_balance_amount
    or opening_balance_amount <> previous_closing_balance_amount
