with decisions as (
    select * from {{ ref('stg_openitem__decisions') }} where kind = 'invoice_issued'
),

elements as (
    select
        payload,
        element
    from decisions
    {{ join_json_elements('payload', 'charges') }}
),

final as (
    select
        {{ json_text('element', 'billing_key') }} as billing_key,
        {{ json_text('payload', 'document_number') }} as document_number,
        {{ json_text('payload', 'legal_entity_id') }} as legal_entity_id,
        {{ json_amount('element', 'net_amount') }} as net_amount,
        {{ json_amount('element', 'tax_amount') }} as tax_amount,
        {{ json_amount('element', 'total_amount') }} as total_amount
    from elements
)

select * from final
