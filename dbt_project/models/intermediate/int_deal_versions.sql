with deals as (
    select * from {{ ref('stg_hubspot__deals') }}
),

identities as (
    select * from {{ ref('int_customer_identities') }}
    where source_system = 'hubspot'
),

-- A deal of a company that nobody could name yet counts from the day somebody can.
final as (
    select
        deals.deal_id,
        deals.version_number,
        deals.is_last_version,
        identities.customer_key,
        deals.legal_entity_id,
        deals.currency_code,
        deals.deal_name,
        deals.contract_id,
        deals.purchase_order_number,
        deals.terms_code,
        deals.amount,
        coalesce(deals.deal_stage, '') = 'closedwon' and not deals.is_archived as is_won,
        deals.closed_at as won_at,
        deals.changed_at,
        greatest(deals.known_date, coalesce(identities.known_date, deals.known_date)) as known_date
    from deals
    left join identities on deals.company_id = identities.source_customer_id
)

select * from final
