{{ config(materialized='view') }}

with documents as (
    select * from {{ ref('int_documents_from_sources') }}
),

document_lines as (
    select * from {{ ref('int_source_document_lines') }}
),

final as (
    select
        {{ surrogate_key(['documents.document_key', 'document_lines.source_line_id']) }} as document_line_key,
        documents.document_key,
        document_lines.line_number,
        document_lines.product_id,
        document_lines.description,
        document_lines.quantity,
        document_lines.unit_price,
        document_lines.net_amount,
        document_lines.tax_code
    from document_lines
    inner join documents
        on document_lines.source_system = documents.source_system
        and document_lines.source_document_id = documents.source_document_id
)

select * from final
