with deals as (
    select * from {{ ref('stg_hubspot__deals') }}
    where is_last_version
),

identities as (
    select * from {{ ref('int_customer_identities') }}
    where source_system = 'hubspot'
),

final as (
    select
        {{ surrogate_key(["'hubspot'", 'deals.deal_id']) }} as deal_key,
        deals.deal_id,
        identities.customer_key,
        deals.deal_name,
        deals.deal_stage,
        deals.amount,
        deals.currency_code,
        cast(deals.closed_at as date) as closed_date,
        deals.billing_contact_email,
        deals.purchase_order_number,
        deals.terms_code,
        deals.contract_id,
        deals.legal_entity_id,
        deals.first_known_at as known_at,
        cast(deals.first_known_at as date) as known_date,
        deals.known_date as last_changed_date
    from deals
    left join identities on deals.company_id = identities.source_customer_id
)

select * from final
