with decisions as (
    select *
    from {{ ref('stg_openitem__decisions') }}
    where kind in ('cash_applied', 'match_confirmed', 'match_changed')
),

elements as (
    select
        sequence,
        decision_key,
        kind,
        actor_kind,
        subject_key,
        payload,
        element,
        element_position,
        business_date
    from decisions
    {{ join_json_elements('payload', 'applications') }}
),

final as (
    select
        decision_key,
        cast(element_position as integer) as application_position,
        subject_key as receipt_key,
        {{ json_text('element', 'document_key') }} as document_key,
        {{ json_text('element', 'document_number') }} as document_number,
        {{ json_text('payload', 'customer_key') }} as customer_key,
        kind,
        actor_kind,
        coalesce({{ json_text('payload', 'rule') }}, kind) as rule,
        {{ json_amount('element', 'applied_amount') }} as applied_amount,
        sequence,
        business_date
    from elements
)

select * from final
