with delivered as (
    {{ daily_versions(source('raw', 'hubspot__companies'), ['id'], to_timestamp('updated_at')) }}
),

final as (
    select
        id as company_id,
        {{ to_text('accounting_customer_id') }} as accounting_customer_id,
        {{ normalised_id('tax_id') }} as tax_id,
        {{ to_text('name') }} as company_name,
        {{ normalised_name('name') }} as normalised_name,
        lower({{ to_text('domain') }}) as domain,
        upper({{ to_text('country') }}) as country_code,
        lower({{ to_text('billing_email') }}) as billing_email,
        coalesce({{ to_boolean('archived') }}, false) as is_archived,
        version_number,
        superseded_date is null as is_last_version,
        {{ known_columns('_received_at') }},
        cast(first_received_at as date) as first_known_date,
        superseded_date
    from delivered
)

select * from final
