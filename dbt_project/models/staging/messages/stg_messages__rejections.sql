with delivered as (
    {{ latest_version(source('raw', 'messages__rejections'), ['response_id'], []) }}
),

final as (
    select
        response_id,
        {{ to_text('document_number') }} as document_number,
        lower({{ to_text('status') }}) as rejection_status,
        {{ to_text('reason_code') }} as reason_code,
        {{ to_text('field') }} as field_name,
        {{ to_date('responded_at') }} as responded_date,
        {{ known_columns() }}
    from delivered
    where version_rank = 1
)

select * from final
