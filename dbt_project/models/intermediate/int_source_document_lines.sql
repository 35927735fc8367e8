{{ config(materialized='view') }}

with invoice_lines as (
    select * from {{ ref('stg_quickbooks__invoice_lines') }}
),

credit_memo_lines as (
    select * from {{ ref('stg_quickbooks__credit_memo_lines') }}
),

table_documents as (
    select * from {{ ref('stg_table__documents') }}
),

table_lines as (
    select * from {{ ref('stg_table__document_lines') }}
),

final as (
    select
        'quickbooks' as source_system,
        'invoice ' || realm || ':' || invoice_id as source_document_id,
        line_id as source_line_id,
        line_number,
        product_id,
        description,
        quantity,
        unit_price,
        net_amount,
        tax_code
    from invoice_lines

    union all

    select
        'quickbooks' as source_system,
        'credit_memo ' || realm || ':' || credit_memo_id as source_document_id,
        line_id as source_line_id,
        line_number,
        product_id,
        description,
        quantity,
        unit_price,
        net_amount,
        tax_code
    from credit_memo_lines

    union all

    -- Lines of a document below zero change sign with it, so that a credit memo's lines add up to its positive total.
    select
        table_lines.source_system,
        table_lines.document_number as source_document_id,
        cast(table_lines.line_number as {{ dbt.type_string() }}) as source_line_id,
        table_lines.line_number,
        table_lines.product_id,
        table_lines.description,
        case when table_documents.total_amount < 0 then -table_lines.quantity else table_lines.quantity end as quantity,
        table_lines.unit_price,
        case when table_documents.total_amount < 0 then -table_lines.net_amount else table_lines.net_amount end as net_amount,
        null as tax_code
    from table_lines
    left join table_documents
        on table_lines.source_system = table_documents.source_system
        and table_lines.document_number = table_documents.document_number
)

select * from final
