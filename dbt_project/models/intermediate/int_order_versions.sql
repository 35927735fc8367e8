with shop_orders as (
    select * from {{ ref('stg_shop__orders') }}
),

table_orders as (
    select * from {{ ref('stg_table__orders') }}
),

identities as (
    select * from {{ ref('int_customer_identities') }}
),

customer_versions as (
    select * from {{ ref('int_customer_versions') }}
),

legal_entities as (
    select * from {{ ref('legal_entities') }}
),

orders as (
    select
        'shop' as source_system,
        order_number,
        customer_id,
        legal_entity_id,
        currency_code,
        purchase_order_number,
        terms_code,
        tax_code,
        net_amount,
        tax_amount,
        total_amount,
        cancelled_at is not null as is_cancelled,
        ordered_at,
        cast(null as date) as order_date,
        version_number,
        is_last_version,
        known_at,
        known_date,
        first_known_date,
        superseded_date
    from shop_orders

    union all

    select
        source_system,
        order_number,
        customer_id,
        legal_entity_id,
        currency_code,
        purchase_order_number,
        null as terms_code,
        null as tax_code,
        net_amount,
        cast(0 as {{ type_amount() }}) as tax_amount,
        net_amount as total_amount,
        coalesce(order_status, '') in ('cancelled', 'canceled', 'rejected') as is_cancelled,
        cast(order_date as timestamp) as ordered_at,
        order_date,
        1 as version_number,
        true as is_last_version,
        known_at,
        known_date,
        known_date as first_known_date,
        cast(null as date) as superseded_date
    from table_orders
),

-- What the agreement and the CRM said about the customer on the day this version arrived.
final as (
    select
        {{ surrogate_key(['orders.source_system', 'orders.order_number']) }} as order_key,
        orders.order_number,
        orders.version_number,
        orders.is_last_version,
        orders.source_system,
        identities.customer_key,
        orders.legal_entity_id,
        orders.currency_code,
        coalesce(orders.order_date, {{ local_date('orders.ordered_at', 'legal_entities.time_zone') }}) as order_date,
        orders.purchase_order_number,
        coalesce(customer_versions.is_purchase_order_required, false) as is_purchase_order_required,
        orders.terms_code,
        customer_versions.agreed_terms_code,
        orders.tax_code,
        customer_versions.billing_email as bill_to_email,
        orders.net_amount,
        orders.tax_amount,
        orders.total_amount,
        orders.is_cancelled,
        orders.ordered_at,
        orders.known_at,
        orders.known_date,
        orders.first_known_date,
        orders.superseded_date
    from orders
    left join identities
        on orders.source_system = identities.source_system
        and orders.customer_id = identities.source_customer_id
    left join customer_versions
        on identities.customer_key = customer_versions.customer_key
        and orders.known_date >= customer_versions.known_date
        and (customer_versions.superseded_date is null or orders.known_date < customer_versions.superseded_date)
    left join legal_entities
        on orders.legal_entity_id = legal_entities.legal_entity_id
)

select * from final
