with decisions as (
    select * from {{ ref('stg_openitem__decisions') }} where kind = 'invoice_issued'
),

elements as (
    select
        subject_key,
        payload,
        element,
        element_position,
        business_date
    from decisions
    {{ join_json_elements('payload', 'lines') }}
),

final as (
    select
        subject_key as billing_key,
        {{ json_text('payload', 'document_number') }} as document_number,
        coalesce({{ json_integer('element', 'line_number') }}, cast(element_position as integer)) as line_number,
        {{ json_text('element', 'product_id') }} as product_id,
        {{ json_text('element', 'description') }} as description,
        {{ json_quantity('element', 'quantity') }} as quantity,
        {{ json_quantity('element', 'unit_price') }} as unit_price,
        {{ json_amount('element', 'net_amount') }} as net_amount,
        business_date as known_date
    from elements
)

select * from final
