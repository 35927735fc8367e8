with trial_balances as (
    select * from {{ ref('stg_quickbooks__trial_balances') }}
),

accounting_realms as (
    select * from {{ ref('accounting_realms') }}
    where accounting_system = 'quickbooks'
),

final as (
    select
        cast(accounting_realms.legal_entity_id as {{ dbt.type_string() }}) as legal_entity_id,
        trial_balances.currency_code,
        trial_balances.as_of_date,
        trial_balances.account_number,
        trial_balances.account_name,
        cast(trial_balances.debit_amount - trial_balances.credit_amount as {{ type_amount() }}) as balance_amount,
        trial_balances.known_date
    from trial_balances
    left join accounting_realms on trial_balances.realm = accounting_realms.realm
)

select * from final
