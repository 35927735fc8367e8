with rejections as (
    select * from {{ ref('stg_messages__rejections') }}
),

final as (
    select
        {{ surrogate_key(['response_id']) }} as rejection_key,
        response_id,
        document_number,
        rejection_status,
        reason_code,
        field_name,
        responded_date,
        known_at,
        known_date
    from rejections
)

select * from final
