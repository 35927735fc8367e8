with accounting_customers as (
    select * from {{ ref('stg_quickbooks__customers') }}
),

accounting_realms as (
    select * from {{ ref('accounting_realms') }}
),

accounting_documents as (
    select
        realm,
        accounting_customer_id,
        customer_name,
        known_date
    from {{ ref('stg_quickbooks__invoices') }}
    union all
    select
        realm,
        accounting_customer_id,
        cast(null as {{ dbt.type_string() }}),
        known_date
    from {{ ref('stg_quickbooks__credit_memos') }}
    union all
    select
        realm,
        accounting_customer_id,
        cast(null as {{ dbt.type_string() }}),
        known_date
    from {{ ref('stg_quickbooks__payments') }}
),

companies as (
    select * from {{ ref('stg_hubspot__companies') }}
),

agreements as (
    select * from {{ ref('stg_contracts__agreements') }}
),

shop_orders as (
    select * from {{ ref('stg_shop__orders') }}
),

table_customers as (
    select * from {{ ref('stg_table__customers') }}
),

first_days_in_accounting as (
    select
        accounting_customer_id,
        min(known_date) as known_date
    from accounting_customers
    group by accounting_customer_id
),

table_parties as (
    select
        source_system,
        customer_id,
        legal_entity_id,
        currency_code,
        known_date
    from {{ ref('stg_table__documents') }}
    union all
    select
        source_system,
        customer_id,
        legal_entity_id,
        currency_code,
        known_date
    from {{ ref('stg_table__orders') }}
    union all
    select
        source_system,
        customer_id,
        legal_entity_id,
        currency_code,
        known_date
    from {{ ref('stg_table__receipts') }}
),

records as (
    select
        'quickbooks' as source_system,
        accounting_customers.accounting_customer_id as source_customer_id,
        accounting_customers.accounting_customer_id,
        accounting_customers.parent_accounting_customer_id,
        accounting_realms.legal_entity_id,
        accounting_customers.customer_name,
        accounting_customers.normalised_name,
        accounting_customers.tax_id,
        accounting_customers.country_code,
        accounting_customers.address_line,
        accounting_customers.city,
        accounting_customers.postal_code,
        accounting_customers.currency_code,
        accounting_customers.email,
        accounting_customers.is_active,
        cast(null as {{ dbt.type_string() }}) as domain,
        cast(null as {{ dbt.type_string() }}) as terms_code,
        accounting_customers.known_date
    from accounting_customers
    left join accounting_realms
        on accounting_customers.realm = accounting_realms.realm
        and accounting_realms.accounting_system = 'quickbooks'

    union all

    -- A customer that accounting's documents name before, or without, a record of its own.
    select
        'quickbooks' as source_system,
        accounting_documents.accounting_customer_id as source_customer_id,
        accounting_documents.accounting_customer_id,
        null as parent_accounting_customer_id,
        min(accounting_realms.legal_entity_id) as legal_entity_id,
        coalesce(min(accounting_documents.customer_name), accounting_documents.accounting_customer_id) as customer_name,
        {{ normalised_name('min(accounting_documents.customer_name)') }} as normalised_name,
        null as tax_id,
        null as country_code,
        null as address_line,
        null as city,
        null as postal_code,
        null as currency_code,
        null as email,
        true as is_active,
        null as domain,
        null as terms_code,
        min(accounting_documents.known_date) as known_date
    from accounting_documents
    left join accounting_realms
        on accounting_documents.realm = accounting_realms.realm
        and accounting_realms.accounting_system = 'quickbooks'
    left join first_days_in_accounting
        on accounting_documents.accounting_customer_id = first_days_in_accounting.accounting_customer_id
    where accounting_documents.accounting_customer_id is not null
        and (
            first_days_in_accounting.known_date is null
            or accounting_documents.known_date < first_days_in_accounting.known_date
        )
    group by accounting_documents.accounting_customer_id

    union all

    select
        'hubspot' as source_system,
        company_id as source_customer_id,
        accounting_customer_id,
        null as parent_accounting_customer_id,
        null as legal_entity_id,
        company_name as customer_name,
        normalised_name,
        tax_id,
        country_code,
        null as address_line,
        null as city,
        null as postal_code,
        null as currency_code,
        billing_email as email,
        not is_archived as is_active,
        domain,
        null as terms_code,
        known_date
    from companies

    union all

    select
        'contracts' as source_system,
        contract_id as source_customer_id,
        accounting_customer_id,
        null as parent_accounting_customer_id,
        legal_entity_id,
        customer_name,
        normalised_name,
        tax_id,
        null as country_code,
        null as address_line,
        null as city,
        null as postal_code,
        currency_code,
        null as email,
        true as is_active,
        null as domain,
        terms_code,
        known_date
    from agreements

    union all

    select
        'shop' as source_system,
        customer_id as source_customer_id,
        accounting_customer_id,
        null as parent_accounting_customer_id,
        legal_entity_id,
        customer_name,
        normalised_name,
        tax_id,
        null as country_code,
        null as address_line,
        null as city,
        null as postal_code,
        currency_code,
        null as email,
        true as is_active,
        null as domain,
        null as terms_code,
        min(known_date) as known_date
    from shop_orders
    where customer_id is not null
    group by customer_id, accounting_customer_id, legal_entity_id, customer_name, normalised_name, tax_id, currency_code

    union all

    select
        source_system,
        customer_id as source_customer_id,
        null as accounting_customer_id,
        null as parent_accounting_customer_id,
        legal_entity_id,
        coalesce(customer_name, customer_id) as customer_name,
        normalised_name,
        tax_id,
        country_code,
        null as address_line,
        null as city,
        null as postal_code,
        currency_code,
        email,
        true as is_active,
        null as domain,
        terms_code,
        known_date
    from table_customers

    union all

    select
        table_parties.source_system,
        table_parties.customer_id as source_customer_id,
        null as accounting_customer_id,
        null as parent_accounting_customer_id,
        min(table_parties.legal_entity_id) as legal_entity_id,
        table_parties.customer_id as customer_name,
        null as normalised_name,
        null as tax_id,
        null as country_code,
        null as address_line,
        null as city,
        null as postal_code,
        min(table_parties.currency_code) as currency_code,
        null as email,
        true as is_active,
        null as domain,
        null as terms_code,
        min(table_parties.known_date) as known_date
    from table_parties
    left join table_customers
        on table_parties.source_system = table_customers.source_system
        and table_parties.customer_id = table_customers.customer_id
    where table_parties.customer_id is not null
        and (table_customers.known_date is null or table_parties.known_date < table_customers.known_date)
    group by table_parties.source_system, table_parties.customer_id
),

final as (
    select
        source_system,
        source_customer_id,
        accounting_customer_id,
        parent_accounting_customer_id,
        legal_entity_id,
        customer_name,
        normalised_name,
        tax_id,
        domain,
        country_code,
        address_line,
        city,
        postal_code,
        currency_code,
        email,
        terms_code,
        is_active,
        known_date
    from records
)

select * from final
