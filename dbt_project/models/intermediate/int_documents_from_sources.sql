with accounting_invoices as (
    select * from {{ ref('stg_quickbooks__invoices') }}
),

accounting_credit_memos as (
    select * from {{ ref('stg_quickbooks__credit_memos') }}
),

table_documents as (
    select * from {{ ref('stg_table__documents') }}
),

accounting_realms as (
    select * from {{ ref('accounting_realms') }}
    where accounting_system = 'quickbooks'
),

system_of_record as (
    select * from {{ ref('system_of_record') }}
    where document_kind = 'invoice'
),

identities as (
    select * from {{ ref('int_customer_identities') }}
),

line_sums as (
    select
        source_system,
        source_document_id,
        {{ money_sum('net_amount') }} as net_amount
    from {{ ref('int_source_document_lines') }}
    group by source_system, source_document_id
),

documents as (
    select
        'quickbooks' as source_system,
        'invoice ' || accounting_invoices.realm || ':' || accounting_invoices.invoice_id as source_document_id,
        coalesce(accounting_invoices.document_number, accounting_invoices.realm || ':' || accounting_invoices.invoice_id) as document_number,
        accounting_invoices.first_document_number,
        'invoice' as document_type,
        accounting_realms.legal_entity_id,
        accounting_invoices.accounting_customer_id as source_customer_id,
        accounting_invoices.currency_code,
        accounting_invoices.document_date,
        accounting_invoices.due_date,
        cast(null as {{ type_amount() }}) as net_amount,
        coalesce(accounting_invoices.tax_amount, 0) as tax_amount,
        accounting_invoices.total_amount,
        accounting_invoices.billing_key,
        cast(null as {{ dbt.type_string() }}) as order_number,
        accounting_invoices.purchase_order_number,
        accounting_invoices.terms_code,
        cast(null as {{ dbt.type_string() }}) as credited_source_document_id,
        cast(null as {{ dbt.type_string() }}) as reason,
        case when accounting_invoices.private_note like 'openitem:%' then substring(accounting_invoices.private_note, 10) end as external_id,
        accounting_invoices.is_voided as is_cancelled,
        accounting_invoices.known_at,
        accounting_invoices.known_date,
        accounting_invoices.voided_known_date as cancelled_known_date
    from accounting_invoices
    left join accounting_realms on accounting_invoices.realm = accounting_realms.realm

    union all

    select
        'quickbooks' as source_system,
        'credit_memo ' || accounting_credit_memos.realm || ':' || accounting_credit_memos.credit_memo_id as source_document_id,
        coalesce(accounting_credit_memos.document_number, accounting_credit_memos.realm || ':' || accounting_credit_memos.credit_memo_id) as document_number,
        accounting_credit_memos.first_document_number,
        'credit_memo' as document_type,
        accounting_realms.legal_entity_id,
        accounting_credit_memos.accounting_customer_id as source_customer_id,
        accounting_credit_memos.currency_code,
        accounting_credit_memos.document_date,
        cast(null as date) as due_date,
        cast(null as {{ type_amount() }}) as net_amount,
        coalesce(accounting_credit_memos.tax_amount, 0) as tax_amount,
        accounting_credit_memos.total_amount,
        null as billing_key,
        null as order_number,
        null as purchase_order_number,
        null as terms_code,
        'invoice ' || accounting_credit_memos.realm || ':' || accounting_credit_memos.linked_invoice_id as credited_source_document_id,
        accounting_credit_memos.private_note as reason,
        null as external_id,
        accounting_credit_memos.is_voided as is_cancelled,
        accounting_credit_memos.known_at,
        accounting_credit_memos.known_date,
        accounting_credit_memos.voided_known_date as cancelled_known_date
    from accounting_credit_memos
    left join accounting_realms on accounting_credit_memos.realm = accounting_realms.realm

    union all

    -- An invoice below zero is a credit memo, whatever the table calls it.
    select
        source_system,
        document_number as source_document_id,
        document_number,
        document_number as first_document_number,
        case when document_type = 'credit_memo' or total_amount < 0 then 'credit_memo' else 'invoice' end as document_type,
        legal_entity_id,
        customer_id as source_customer_id,
        currency_code,
        document_date,
        due_date,
        case when total_amount < 0 then -net_amount else net_amount end as net_amount,
        coalesce(case when total_amount < 0 then -tax_amount else tax_amount end, 0) as tax_amount,
        abs(total_amount) as total_amount,
        null as billing_key,
        order_number,
        null as purchase_order_number,
        terms_code,
        case when document_type = 'credit_memo' then cancels_document_number end as credited_source_document_id,
        null as reason,
        null as external_id,
        document_status in ('cancelled', 'reversal') as is_cancelled,
        known_at,
        known_date,
        cancelled_known_date
    from table_documents
),

-- The key is made of the number a document was first told under: what was applied to it stays when the number is corrected.
named as (
    select
        documents.*,
        coalesce(first_document_number, document_number) as key_number
    from documents
),

-- Two documents of one number stay two: the later one's key carries its id.
numbered as (
    select
        named.*,
        row_number() over (
            partition by source_system, legal_entity_id, key_number
            order by known_date asc, document_type desc, source_document_id asc
        ) as occurrence
    from named
),

keyed as (
    select
        numbered.*,
        case
            when occurrence = 1 then {{ document_key('source_system', 'legal_entity_id', 'key_number') }}
            else {{ surrogate_key(['source_system', 'legal_entity_id', 'key_number', 'source_document_id']) }}
        end as document_key
    from numbered
),

judged as (
    select
        keyed.*,
        identities.customer_key,
        cast(coalesce(line_sums.net_amount, keyed.net_amount, keyed.total_amount - keyed.tax_amount) as {{ type_amount() }}) as line_net_amount,
        keyed.external_id is not null and coalesce(system_of_record.system, '') = 'openitem' as is_echo
    from keyed
    left join identities
        on keyed.source_system = identities.source_system
        and keyed.source_customer_id = identities.source_customer_id
    left join line_sums
        on keyed.source_system = line_sums.source_system
        and keyed.source_document_id = line_sums.source_document_id
    left join system_of_record
        on keyed.legal_entity_id = system_of_record.legal_entity_id
),

-- An echo stands for the document issued here, under that document's key.
standing as (
    select
        judged.*,
        case
            when is_echo then {{ document_key("'openitem'", 'legal_entity_id', 'document_number') }}
            else document_key
        end as ledger_document_key
    from judged
),

final as (
    select
        standing.document_key,
        standing.ledger_document_key,
        standing.source_document_id,
        standing.document_number,
        standing.document_type,
        standing.source_system,
        standing.legal_entity_id,
        standing.customer_key,
        standing.currency_code,
        standing.document_date,
        standing.due_date,
        standing.line_net_amount as net_amount,
        cast(standing.tax_amount as {{ type_amount() }}) as tax_amount,
        cast(standing.total_amount - standing.tax_amount - standing.line_net_amount as {{ type_amount() }}) as rounding_amount,
        standing.total_amount,
        coalesce(standing.billing_key, standing.external_id) as billing_key,
        standing.order_number,
        standing.purchase_order_number,
        standing.terms_code,
        credited.ledger_document_key as credits_document_key,
        standing.external_id,
        standing.reason,
        standing.is_echo,
        standing.is_cancelled,
        standing.cancelled_known_date,
        standing.known_at,
        standing.known_date
    from standing
    left join standing as credited
        on standing.source_system = credited.source_system
        and standing.credited_source_document_id = credited.source_document_id
)

select * from final
