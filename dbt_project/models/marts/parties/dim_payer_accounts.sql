with payer_accounts as (
    select * from {{ ref('stg_contracts__payer_accounts') }}
),

identities as (
    select * from {{ ref('int_customer_identities') }}
    where source_system = 'contracts'
),

final as (
    select
        payer_accounts.payer_account,
        identities.customer_key,
        max(payer_accounts.account_kind) as account_kind,
        min(greatest(payer_accounts.known_date, identities.known_date)) as known_date
    from payer_accounts
    inner join identities on payer_accounts.contract_id = identities.source_customer_id
    where payer_accounts.payer_account is not null
    group by payer_accounts.payer_account, identities.customer_key
)

select * from final
