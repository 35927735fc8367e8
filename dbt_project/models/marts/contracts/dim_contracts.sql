with contract_versions as (
    select * from {{ ref('int_contract_versions') }}
),

first_known as (
    select
        *,
        min(known_at) over (partition by contract_line_key) as first_known_at
    from contract_versions
),

final as (
    select
        contract_line_key,
        contract_id,
        contract_line_number,
        customer_key,
        legal_entity_id,
        contract_kind,
        description,
        currency_code,
        period_amount,
        unit_price,
        included_quantity,
        billing_frequency,
        is_billed_in_advance,
        metric,
        purchase_order_number,
        buyer_reference,
        is_purchase_order_required,
        terms_code,
        tax_code,
        start_date,
        end_date,
        version,
        cast(first_known_at as timestamp) as known_at,
        cast(first_known_at as date) as known_date,
        known_date as last_changed_date
    from first_known
    where is_last_version
)

select * from final
