with delivered as (
    {{ daily_versions(source('raw', 'quickbooks__customers'), ['realm', 'id'], to_timestamp('updated_at')) }}
),

final as (
    select
        lower(realm) || ':' || id as accounting_customer_id,
        lower(realm) as realm,
        {{ to_text('display_name') }} as customer_name,
        {{ normalised_name('coalesce(company_name, display_name)') }} as normalised_name,
        {{ normalised_id('tax_id') }} as tax_id,
        lower({{ to_text('email') }}) as email,
        {{ to_text('line1') }} as address_line,
        {{ to_text('city') }} as city,
        {{ to_text('postal_code') }} as postal_code,
        upper({{ to_text('country') }}) as country_code,
        upper({{ to_text('currency') }}) as currency_code,
        lower(realm) || ':' || {{ to_text('parent_id') }} as parent_accounting_customer_id,
        coalesce({{ to_boolean('active') }}, true) as is_active,
        version_number,
        superseded_date is null as is_last_version,
        {{ known_columns('_received_at') }},
        cast(first_received_at as date) as first_known_date,
        superseded_date
    from delivered
)

select * from final
