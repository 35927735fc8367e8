with delivered as (
    {{ latest_version(source('raw', 'table__remittances'), ['_source_system', 'message_id'], []) }}
),

final as (
    select
        _source_system as source_system,
        message_id,
        {{ to_text('payer_name') }} as payer_name,
        lower({{ to_text('payer_email') }}) as payer_email,
        {{ to_text('payment_reference') }} as payment_reference,
        upper({{ to_text('currency_code') }}) as currency_code,
        {{ to_amount('total_amount') }} as total_amount,
        {{ to_date('sent_date') }} as sent_date,
        {{ known_columns() }}
    from delivered
    where version_rank = 1
)

select * from final
