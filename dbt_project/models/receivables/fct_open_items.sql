with entries as (
    select *
    from {{ ref('fct_ledger_entries') }}
    where document_key is not null and effective_date <= {{ as_of_date() }}
),

documents as (
    select * from {{ ref('int_documents_unioned') }}
),

-- Signed like the balance: what lowers an invoice is positive in its column, what uses up a credit memo negative.
balances as (
    select
        document_key,
        {{ money_sum("case when entry_kind like 'invoice%' or entry_kind like 'credit_memo%' then receivable_amount end") }} as original_amount,
        {{ money_sum("case when entry_kind in ('application', 'application_undone', 'application_returned') then -receivable_amount end") }} as applied_amount,
        {{ money_sum("case when entry_kind in ('credit_application', 'credit_application_undone', 'credit_used', 'credit_used_undone') then -receivable_amount end") }} as credited_amount,
        {{ money_sum("case when entry_kind in ('cash_discount', 'cash_discount_undone', 'cash_discount_returned') then -receivable_amount end") }} as discount_amount,
        {{ money_sum("case when entry_kind in ('withholding', 'withholding_undone', 'withholding_returned') then -receivable_amount end") }} as withholding_amount,
        {{ money_sum("case when entry_kind in ('fee_absorbed', 'fee_absorbed_undone', 'fee_absorbed_returned') then -receivable_amount end") }} as fee_absorbed_amount,
        {{ money_sum("case when entry_kind in ('write_off', 'write_off_undone', 'write_off_returned') then -receivable_amount end") }} as written_off_amount,
        {{ money_sum('receivable_amount') }} as open_amount
    from entries
    group by document_key
),

aged as (
    select
        documents.document_key,
        documents.document_number,
        documents.document_type,
        documents.source_system,
        documents.customer_key,
        documents.legal_entity_id,
        documents.currency_code,
        balances.original_amount,
        balances.applied_amount,
        balances.credited_amount,
        balances.discount_amount,
        balances.withholding_amount,
        balances.fee_absorbed_amount,
        balances.written_off_amount,
        balances.open_amount,
        {{ dbt.datediff('documents.due_date', as_of_date(), 'day') }} as days_past_due,
        documents.document_date,
        documents.due_date,
        documents.known_date
    from balances
    inner join documents on balances.document_key = documents.document_key
    where balances.open_amount <> 0
),

final as (
    select
        document_key,
        document_number,
        document_type,
        source_system,
        customer_key,
        legal_entity_id,
        currency_code,
        original_amount,
        applied_amount,
        credited_amount,
        discount_amount,
        withholding_amount,
        fee_absorbed_amount,
        written_off_amount,
        open_amount,
        cast(case when days_past_due > 0 then days_past_due else 0 end as integer) as days_overdue,
        {{ aging_bucket('days_past_due') }} as aging_bucket,
        document_date,
        due_date,
        known_date
    from aged
)

select * from final
