with delivered as (
    {{ latest_version(source('raw', 'table__customers'), ['_source_system', 'customer_id'], []) }}
),

final as (
    select
        _source_system as source_system,
        customer_id,
        {{ to_text('customer_name') }} as customer_name,
        {{ normalised_name('customer_name') }} as normalised_name,
        {{ to_text('legal_entity_id') }} as legal_entity_id,
        upper({{ to_text('country_code') }}) as country_code,
        upper({{ to_text('currency_code') }}) as currency_code,
        {{ normalised_id('tax_id') }} as tax_id,
        lower({{ to_text('email') }}) as email,
        upper({{ to_text('terms_code') }}) as terms_code,
        {{ known_columns() }}
    from delivered
    where version_rank = 1
)

select * from final
