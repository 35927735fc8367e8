with customer_versions as (
    select * from {{ ref('int_customer_versions') }}
),

identities as (
    select * from {{ ref('int_customer_identities') }}
),

record_counts as (
    select
        customer_key,
        count(*) as source_record_count,
        min(known_date) as known_date
    from identities
    group by customer_key
),

last_versions as (
    select
        *,
        case when parent_accounting_customer_id is not null
            then {{ surrogate_key(["'quickbooks'", 'parent_accounting_customer_id']) }}
        end as parent_key
    from customer_versions
    where superseded_date is null
),

parents as (
    select parent_key as customer_key
    from last_versions
    where parent_key is not null
    group by parent_key
),

final as (
    select
        last_versions.customer_key,
        last_versions.master_customer_id as customer_number,
        last_versions.customer_name,
        last_versions.legal_entity_id,
        coalesce(last_versions.parent_key, parents.customer_key) as family_key,
        last_versions.country_code,
        last_versions.address_line,
        last_versions.city,
        last_versions.postal_code,
        last_versions.currency_code,
        last_versions.tax_id,
        last_versions.billing_email,
        last_versions.is_billing_email_valid,
        last_versions.language_code,
        last_versions.terms_code,
        last_versions.credit_limit_amount,
        last_versions.is_purchase_order_required,
        last_versions.is_active,
        last_versions.master_system,
        cast(record_counts.source_record_count as integer) as source_record_count,
        cast(record_counts.known_date as timestamp) as known_at,
        record_counts.known_date,
        last_versions.known_date as last_changed_date
    from last_versions
    inner join record_counts on last_versions.customer_key = record_counts.customer_key
    left join parents on last_versions.customer_key = parents.customer_key
)

select * from final
