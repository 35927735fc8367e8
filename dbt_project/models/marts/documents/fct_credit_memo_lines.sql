with documents_from_sources as (
    select * from {{ ref('int_documents_from_sources') }}
    where document_type = 'credit_memo'
),

lines_from_sources as (
    select * from {{ ref('int_document_lines_from_sources') }}
),

issued_here as (
    select * from {{ ref('stg_openitem__credit_memos') }}
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

    -- A credit memo issued here has one line: the invoice it credits.
    select
        {{ surrogate_key(["'openitem'", 'legal_entity_id', 'document_number', "'1'"]) }} as document_line_key,
        {{ document_key("'openitem'", 'legal_entity_id', 'document_number') }} as document_key,
        1 as line_number,
        cast(null as {{ dbt.type_string() }}) as product_id,
        'Credit' as description,
        cast(1 as {{ type_quantity() }}) as quantity,
        cast(net_amount as {{ type_quantity() }}) as unit_price,
        net_amount
    from issued_here
)

select * from final
