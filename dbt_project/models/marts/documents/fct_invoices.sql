with documents_from_sources as (
    select * from {{ ref('int_documents_from_sources') }}
    where document_type = 'invoice'
),

documents_issued_here as (
    select * from {{ ref('stg_openitem__invoices') }}
),

echoes as (
    select
        ledger_document_key as document_key,
        min(source_document_id) as accounting_document_id
    from documents_from_sources
    where is_echo
    group by ledger_document_key
),

table_systems as (
    select source_system from {{ ref('stg_table__documents') }}
    group by source_system
),

invoices as (
    select
        documents_from_sources.document_key,
        documents_from_sources.document_number,
        documents_from_sources.source_system,
        case when table_systems.source_system is not null then 'table' else 'accounting' end as issued_by,
        documents_from_sources.legal_entity_id,
        documents_from_sources.customer_key,
        documents_from_sources.currency_code,
        documents_from_sources.document_date as invoice_date,
        documents_from_sources.due_date,
        documents_from_sources.net_amount,
        documents_from_sources.tax_amount,
        documents_from_sources.rounding_amount,
        documents_from_sources.total_amount,
        documents_from_sources.billing_key,
        documents_from_sources.order_number,
        documents_from_sources.purchase_order_number,
        documents_from_sources.terms_code,
        cast(null as timestamp) as trigger_at,
        documents_from_sources.is_cancelled,
        documents_from_sources.cancelled_known_date,
        table_systems.source_system is null as is_posted_in_accounting,
        case when table_systems.source_system is null then documents_from_sources.source_document_id end as accounting_document_id,
        documents_from_sources.known_at,
        documents_from_sources.known_date
    from documents_from_sources
    left join table_systems on documents_from_sources.source_system = table_systems.source_system
    where not documents_from_sources.is_echo

    union all

    select
        {{ document_key("'openitem'", 'legal_entity_id', 'document_number') }} as document_key,
        document_number,
        'openitem' as source_system,
        'openitem' as issued_by,
        legal_entity_id,
        customer_key,
        currency_code,
        invoice_date,
        due_date,
        net_amount,
        tax_amount,
        cast(total_amount - net_amount - tax_amount as {{ type_amount() }}) as rounding_amount,
        total_amount,
        billing_key,
        order_number,
        purchase_order_number,
        terms_code,
        trigger_at,
        is_cancelled,
        cancelled_date as cancelled_known_date,
        false as is_posted_in_accounting,
        null as accounting_document_id,
        known_at,
        known_date
    from documents_issued_here
),

final as (
    select
        invoices.document_key,
        invoices.document_number,
        invoices.source_system,
        invoices.issued_by,
        invoices.legal_entity_id,
        invoices.customer_key,
        invoices.currency_code,
        invoices.invoice_date,
        invoices.due_date,
        invoices.net_amount,
        invoices.tax_amount,
        invoices.rounding_amount,
        invoices.total_amount,
        invoices.billing_key,
        invoices.order_number,
        invoices.purchase_order_number,
        invoices.terms_code,
        invoices.trigger_at,
        invoices.is_cancelled,
        invoices.cancelled_known_date,
        invoices.is_posted_in_accounting or echoes.document_key is not null as is_posted_in_accounting,
        coalesce(invoices.accounting_document_id, echoes.accounting_document_id) as accounting_document_id,
        invoices.known_at,
        invoices.known_date
    from invoices
    left join echoes on invoices.document_key = echoes.document_key
)

select * from final
