with delivered as (
    {{ daily_versions(source('raw', 'hubspot__contacts'), ['id'], to_timestamp('updated_at')) }}
),

final as (
    select
        id as contact_id,
        {{ to_text('company_id') }} as company_id,
        lower({{ to_text('email') }}) as email,
        {{ to_text('first_name') }} as first_name,
        {{ to_text('last_name') }} as last_name,
        lower(substring({{ to_text('language') }}, 1, 2)) as language_code,
        coalesce({{ to_boolean('is_billing_contact') }}, false) as is_billing_contact,
        coalesce({{ to_boolean('email_bounced') }}, false) as is_email_bounced,
        coalesce({{ to_boolean('archived') }}, false) as is_archived,
        version_number,
        superseded_date is null as is_last_version,
        {{ known_columns('_received_at') }},
        cast(first_received_at as date) as first_known_date,
        superseded_date
    from delivered
)

select * from final
