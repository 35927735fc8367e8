with delivered as (
    {{ daily_versions(source('raw', 'hubspot__deals'), ['id'], to_timestamp('updated_at')) }}
),

final as (
    select
        id as deal_id,
        {{ to_text('company_id') }} as company_id,
        {{ to_text('contract_id') }} as contract_id,
        {{ to_text('legal_entity') }} as legal_entity_id,
        {{ to_text('dealname') }} as deal_name,
        lower({{ to_text('dealstage') }}) as deal_stage,
        {{ to_text('po_number') }} as purchase_order_number,
        upper({{ to_text('payment_terms') }}) as terms_code,
        lower({{ to_text('billing_contact_email') }}) as billing_contact_email,
        {{ to_amount('amount') }} as amount,
        upper({{ to_text('currency_code') }}) as currency_code,
        coalesce({{ to_boolean('archived') }}, false) as is_archived,
        {{ to_timestamp('closedate') }} as closed_at,
        changed_at_or_version as changed_at,
        version_number,
        superseded_date is null as is_last_version,
        {{ known_columns('_received_at') }},
        cast(first_received_at as timestamp) as first_known_at,
        superseded_date
    from delivered
)

select * from final
