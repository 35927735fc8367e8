with entries as (
    select * from {{ ref('stg_openitem__revenue_entries') }}
),

documents as (
    select * from {{ ref('int_documents_unioned') }}
),

customers as (
    select * from {{ ref('dim_customers') }}
),

{% set kinds = ['receivable', 'contract_asset', 'deferred_revenue', 'revenue'] %}
entry_lines as (
    {% for kind in kinds %}
    select
        entry_key,
        '{{ kind }}' as account_kind,
        {{ kind }}_account as account,
        {{ kind }}_amount as amount
    from entries
    where {{ kind }}_amount <> 0
    {{ "union all" if not loop.last }}
    {% endfor %}
),

final as (
    select
        entries.entry_key,
        entry_lines.account_kind,
        entry_lines.account,
        entries.entry_kind,
        entries.legal_entity_id,
        entries.charge_key,
        entries.charge_kind,
        entries.contract_id,
        entries.contract_line_number,
        entries.order_number,
        documents.document_number,
        entries.customer_key,
        customers.customer_name,
        entries.reason_code,
        entries.currency_code,
        cast(greatest(entry_lines.amount, 0) as {{ type_amount() }}) as debit_amount,
        cast(greatest(-entry_lines.amount, 0) as {{ type_amount() }}) as credit_amount,
        entries.original_period,
        entries.period,
        entries.posting_date,
        entries.business_date
    from entries
    inner join entry_lines on entries.entry_key = entry_lines.entry_key
    left join documents on entries.document_key = documents.document_key
    left join customers on entries.customer_key = customers.customer_key
)

select * from final
