with bank_entries as (
    select * from {{ ref('stg_bank__entries') }}
),

bank_accounts as (
    select * from {{ ref('bank_accounts') }}
),

returns as (
    select * from {{ ref('int_bank_returns_matched_to_receipts') }}
),

payments as (
    select * from {{ ref('stg_quickbooks__payments') }}
),

accounting_realms as (
    select * from {{ ref('accounting_realms') }}
    where accounting_system = 'quickbooks'
),

table_receipts as (
    select * from {{ ref('stg_table__receipts') }}
),

identities as (
    select * from {{ ref('int_customer_identities') }}
),

-- Money in: booked credits that do not take back a debit of ours.
bank_credits as (
    select
        {{ surrogate_key([
            "'bank'", 'bank_entries.bank_account', 'bank_entries.statement_id', 'bank_entries.booking_date',
            'bank_entries.entry_number', 'bank_entries.sub_number',
        ]) }} as receipt_key,
        bank_entries.bank_account || '/' || bank_entries.statement_id || '/' || bank_entries.entry_number || '.' || bank_entries.sub_number as receipt_id,
        cast(bank_accounts.legal_entity_id as {{ dbt.type_string() }}) as legal_entity_id,
        bank_entries.*,
        returns.returned_date,
        returns.returned_known_date,
        returns.return_reason as returned_reason
    from bank_entries
    left join bank_accounts on bank_entries.bank_account = bank_accounts.bank_account
    left join returns
        on bank_entries.bank_account = returns.bank_account
        and bank_entries.statement_id = returns.statement_id
        and bank_entries.booking_date = returns.booking_date
        and bank_entries.entry_number = returns.entry_number
        and bank_entries.sub_number = returns.sub_number
    where bank_entries.direction = 'C'
        and not bank_entries.is_reversal
        and coalesce(bank_entries.entry_status, 'BOOK') not in ('PDNG', 'INFO')
        and bank_entries.entry_amount > 0
),

postings as (
    select
        accounting_realms.legal_entity_id,
        payments.bank_reference,
        payments.currency_code,
        payments.payment_amount,
        min(payments.realm || ':' || payments.payment_id) as payment_id
    from payments
    left join accounting_realms on payments.realm = accounting_realms.realm
    where payments.bank_reference is not null
    group by accounting_realms.legal_entity_id, payments.bank_reference, payments.currency_code, payments.payment_amount
),

receipts as (
    select
        bank_credits.receipt_key,
        bank_credits.receipt_id,
        'bank' as source_system,
        bank_credits.legal_entity_id,
        bank_credits.bank_account,
        bank_credits.statement_id,
        bank_credits.bank_reference,
        bank_credits.end_to_end_id,
        bank_credits.value_date,
        bank_credits.booking_date,
        bank_credits.currency_code,
        bank_credits.entry_amount as receipt_amount,
        bank_credits.payer_name,
        bank_credits.payer_account,
        coalesce(bank_credits.credited_account, bank_credits.bank_account) as credited_account,
        bank_credits.remittance_text,
        cast(null as {{ dbt.type_string() }}) as customer_key,
        false as is_unbanked,
        bank_credits.returned_date is not null as is_returned,
        bank_credits.returned_date,
        bank_credits.returned_known_date,
        bank_credits.returned_reason,
        coalesce(posted_by_reference.payment_id, posted_by_id.payment_id) as posted_payment_id,
        bank_credits.known_at,
        bank_credits.known_date
    from bank_credits
    left join postings as posted_by_reference
        on bank_credits.legal_entity_id = posted_by_reference.legal_entity_id
        and bank_credits.bank_reference = posted_by_reference.bank_reference
        and bank_credits.currency_code = posted_by_reference.currency_code
        and bank_credits.entry_amount = posted_by_reference.payment_amount
    left join postings as posted_by_id
        on bank_credits.legal_entity_id = posted_by_id.legal_entity_id
        and bank_credits.receipt_id = posted_by_id.bank_reference
        and bank_credits.currency_code = posted_by_id.currency_code
        and bank_credits.entry_amount = posted_by_id.payment_amount

    union all

    -- A payment of accounting that names no bank entry is money that came another way, by card for instance.
    select
        {{ surrogate_key(["'quickbooks'", 'payments.realm', 'payments.payment_id']) }} as receipt_key,
        payments.realm || ':' || payments.payment_id as receipt_id,
        'quickbooks' as source_system,
        accounting_realms.legal_entity_id,
        null as bank_account,
        null as statement_id,
        null as bank_reference,
        null as end_to_end_id,
        payments.payment_date as value_date,
        payments.payment_date as booking_date,
        payments.currency_code,
        payments.payment_amount as receipt_amount,
        null as payer_name,
        null as payer_account,
        null as credited_account,
        payments.private_note as remittance_text,
        identities.customer_key,
        true as is_unbanked,
        false as is_returned,
        cast(null as date) as returned_date,
        cast(null as date) as returned_known_date,
        null as returned_reason,
        payments.realm || ':' || payments.payment_id as posted_payment_id,
        payments.known_at,
        payments.known_date
    from payments
    left join accounting_realms on payments.realm = accounting_realms.realm
    left join identities
        on identities.source_system = 'quickbooks'
        and payments.accounting_customer_id = identities.source_customer_id
    where payments.bank_reference is null and payments.payment_amount > 0

    union all

    select
        {{ surrogate_key(['table_receipts.source_system', 'table_receipts.receipt_id']) }} as receipt_key,
        table_receipts.receipt_id,
        table_receipts.source_system,
        table_receipts.legal_entity_id,
        null as bank_account,
        null as statement_id,
        null as bank_reference,
        null as end_to_end_id,
        table_receipts.value_date,
        table_receipts.value_date as booking_date,
        table_receipts.currency_code,
        table_receipts.receipt_amount,
        table_receipts.payer_name,
        null as payer_account,
        null as credited_account,
        table_receipts.remittance_text,
        identities.customer_key,
        false as is_unbanked,
        false as is_returned,
        cast(null as date) as returned_date,
        cast(null as date) as returned_known_date,
        null as returned_reason,
        null as posted_payment_id,
        table_receipts.known_at,
        table_receipts.known_date
    from table_receipts
    left join identities
        on table_receipts.source_system = identities.source_system
        and table_receipts.customer_id = identities.source_customer_id
),

final as (
    select
        receipt_key,
        receipt_id,
        source_system,
        cast(legal_entity_id as {{ dbt.type_string() }}) as legal_entity_id,
        bank_account,
        statement_id,
        bank_reference,
        end_to_end_id,
        value_date,
        booking_date,
        currency_code,
        receipt_amount,
        payer_name,
        payer_account,
        credited_account,
        remittance_text,
        customer_key,
        is_unbanked,
        is_returned,
        returned_date,
        returned_known_date,
        returned_reason,
        posted_payment_id,
        known_at,
        known_date
    from receipts
)

select * from final
