with order_versions as (
    select * from {{ ref('int_order_versions') }}
),

first_known as (
    select
        *,
        min(known_at) over (partition by order_key) as first_known_at
    from order_versions
),

final as (
    select
        order_key,
        order_number,
        source_system,
        customer_key,
        legal_entity_id,
        currency_code,
        order_date,
        purchase_order_number,
        is_purchase_order_required,
        terms_code,
        agreed_terms_code,
        tax_code,
        bill_to_email,
        net_amount,
        tax_amount,
        total_amount,
        is_cancelled,
        ordered_at,
        cast(first_known_at as timestamp) as known_at,
        first_known_date as known_date,
        known_date as last_changed_date
    from first_known
    where is_last_version
)

select * from final
