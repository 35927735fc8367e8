with drafts as (
    select *
    from {{ source('generated', 'invoice_drafts') }}
    where business_date <= {{ as_of_date() }}
),

in_order as (
    select
        *,
        row_number() over (partition by billing_key order by business_date desc, drafting_number desc) as recency_rank,
        min(business_date) over (partition by billing_key) as first_business_date
    from drafts
),

final as (
    select
        billing_key,
        charge_kind,
        legal_entity_id,
        customer_key,
        contract_id,
        order_number,
        currency_code,
        net_amount,
        total_amount,
        status,
        reason_code,
        trigger_at,
        triggered_date,
        first_business_date,
        business_date
    from in_order
    where recency_rank = 1
)

select * from final
