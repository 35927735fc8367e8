with documents_from_sources as (
    select * from {{ ref('int_documents_from_sources') }}
    where document_type = 'credit_memo'
),

lines_from_sources as (
    select * from {{ ref('int_document_lines_from_sources') }}
),

final as (
    select
        lines_from_sources.document_line_key,
        lines_from_sources.document_key,
        lines_from_sources.line_number,
        lines_from_sources.product_id,
        lines_from_sources.description,
        lines_from_sources.quantity,
        lines_from_sources.unit_price,
        lines_from_sources.net_amount
    from lines_from_sources
    inner join documents_from_sources on lines_from_sources.document_key = documents_from_sources.document_key
)

select * from final
