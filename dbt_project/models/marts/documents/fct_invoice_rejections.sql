with messages as (
    select * from {{ ref('stg_messages__rejections') }}
),

responses as (
    select * from {{ ref('fct_invoice_responses') }}
    where is_rejection and document_number is not null
),

rejections as (
    select
        response_id,
        cast(null as {{ dbt.type_string() }}) as legal_entity_id,
        document_number,
        rejection_status,
        reason_code,
        field_name,
        cast(null as date) as document_date,
        responded_date,
        known_at,
        known_date
    from messages
    union all
    select
        response_id,
        legal_entity_id,
        document_number,
        state as rejection_status,
        reason_code,
        field_name,
        document_date,
        responded_date,
        known_at,
        known_date
    from responses
),

final as (
    select
        {{ surrogate_key(['response_id']) }} as rejection_key,
        response_id,
        legal_entity_id,
        document_number,
        rejection_status,
        reason_code,
        field_name,
        document_date,
        responded_date,
        known_at,
        known_date
    from rejections
)

select * from final
