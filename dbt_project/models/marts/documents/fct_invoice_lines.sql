with documents_from_sources as (
    select * from {{ ref('int_documents_from_sources') }}
    where document_type = 'invoice' and not is_echo
),

lines_from_sources as (
    select * from {{ ref('int_document_lines_from_sources') }}
),

invoices_issued_here as (
    select * from {{ ref('stg_openitem__invoices') }}
),

lines_issued_here as (
    select * from {{ ref('stg_openitem__invoice_lines') }}
),

issued_lines_with_key as (
    select
        {{ document_key("'openitem'", 'invoices_issued_here.legal_entity_id', 'invoices_issued_here.document_number') }} as document_key,
        lines_issued_here.*
    from lines_issued_here
    inner join invoices_issued_here
        on
            lines_issued_here.billing_key = invoices_issued_here.billing_key
            and lines_issued_here.document_number = invoices_issued_here.document_number
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

    union all

    select
        {{ surrogate_key(['document_key', 'line_number']) }} as document_line_key,
        document_key,
        line_number,
        product_id,
        description,
        quantity,
        unit_price,
        net_amount
    from issued_lines_with_key
)

select * from final
