with delivered as (
    {{ latest_version(source('raw', 'hubspot__deals'), ['id'], [to_timestamp('updated_at')]) }}
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
        cast(_received_at as date) as last_changed_date,
        {{ known_columns() }}
    from delivered
    where version_rank = 1
)

select * from final
