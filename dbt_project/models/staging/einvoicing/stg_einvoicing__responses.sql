with delivered as (
    {{ latest_version(source('raw', 'einvoicing__responses'), ['network', 'message_id', 'document_number', 'answer_number'], []) }}
),

final as (
    select
        {{ to_text('network') }} || '|' || message_id || '|' || document_number || '|' || answer_number as response_id,
        {{ to_text('network') }} as network,
        {{ to_text('document_number') }} as document_number,
        {{ to_text('status_code') }} as status_code,
        {{ to_text('reason_code') }} as network_reason_code,
        {{ to_text('reason') }} as reason_text,
        {{ to_text('business_term') }} as business_term,
        {{ to_text('expected_value') }} as expected_value,
        {{ to_text('action_code') }} as action_code,
        {{ to_text('sender_name') }} as sender_name,
        {{ to_text('supplier_ids') }} as supplier_ids,
        {{ to_date('document_date') }} as document_date,
        {{ to_timestamp('responded_at') }} as responded_at,
        {{ to_date('responded_at') }} as responded_date,
        {{ known_columns() }}
    from delivered
    where version_rank = 1
)

select * from final
