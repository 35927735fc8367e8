with decisions as (
    select *
    from {{ ref('stg_openitem__decisions') }}
    where kind in ('cash_applied', 'match_confirmed', 'match_changed')
),

elements as (
    select
        sequence,
        decision_key,
        subject_key,
        element,
        element_position,
        business_date
    from decisions
    {{ join_json_elements('payload', 'differences') }}
),

final as (
    select
        decision_key,
        cast(element_position as integer) as difference_position,
        subject_key as receipt_key,
        {{ json_text('element', 'document_key') }} as document_key,
        {{ json_text('element', 'document_number') }} as document_number,
        {{ json_text('element', 'kind') }} as difference_kind,
        {{ json_amount('element', 'amount') }} as difference_amount,
        {{ json_text('element', 'clears') }} = 'true' as clears_document,
        sequence,
        business_date
    from elements
)

select * from final
