with delivered as (
    {{ daily_versions(source('raw', 'messages__disputes'), ['dispute_id'], '_received_at') }}
),

final as (
    select
        dispute_id,
        {{ to_text('document_number') }} as document_number,
        lower({{ to_text('customer_email') }}) as customer_email,
        {{ to_text('reason') }} as reason,
        {{ to_amount('amount') }} as disputed_amount,
        upper({{ to_text('currency') }}) as currency_code,
        lower({{ to_text('status') }}) as dispute_status,
        {{ to_text('outcome') }} as outcome,
        {{ to_date('opened_at') }} as opened_date,
        {{ to_date('resolved_at') }} as resolved_date,
        version_number,
        superseded_date is null as is_last_version,
        {{ known_columns('_received_at') }},
        cast(first_received_at as date) as first_known_date,
        superseded_date
    from delivered
)

select * from final
