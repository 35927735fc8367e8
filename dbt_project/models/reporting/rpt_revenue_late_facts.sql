with entries as (
    select * from {{ ref('stg_openitem__revenue_entries') }}
    where reason_code is not null
),

documents as (
    select * from {{ ref('int_documents_unioned') }}
),

customers as (
    select * from {{ ref('dim_customers') }}
),

reasons as (
    select * from {{ ref('reason_codes') }}
),

final as (
    select
        entries.entry_key,
        entries.entry_kind,
        entries.legal_entity_id,
        entries.charge_key,
        entries.charge_kind,
        entries.contract_id,
        documents.document_number,
        entries.customer_key,
        customers.customer_name,
        entries.reason_code,
        reasons.description as reason_description,
        entries.currency_code,
        cast(entries.receivable_amount as {{ type_amount() }}) as billed_amount,
        cast(-entries.revenue_amount as {{ type_amount() }}) as recognised_amount,
        entries.original_period,
        entries.period,
        entries.business_date as known_date
    from entries
    left join documents on entries.document_key = documents.document_key
    left join customers on entries.customer_key = customers.customer_key
    left join reasons on entries.reason_code = reasons.reason_code
)

select * from final
