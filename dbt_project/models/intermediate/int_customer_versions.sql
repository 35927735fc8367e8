with records as (
    select * from {{ ref('int_customer_records') }}
),

identities as (
    select * from {{ ref('int_customer_identities') }}
),

contacts as (
    select * from {{ ref('stg_hubspot__contacts') }}
),

agreements as (
    select * from {{ ref('stg_contracts__agreements') }}
),

-- Each record counts from the day on which both it and its identity were known.
identified_records as (
    select
        identities.customer_key,
        identities.master_system,
        identities.master_customer_id,
        records.*,
        greatest(records.known_date, identities.known_date) as counts_from_date,
        records.source_system = identities.master_system and records.source_customer_id = identities.master_customer_id as is_master
    from records
    inner join identities
        on records.source_system = identities.source_system
        and records.source_customer_id = identities.source_customer_id
),

identified_contacts as (
    select
        identities.customer_key,
        contacts.contact_id,
        contacts.email,
        contacts.language_code,
        contacts.is_email_bounced,
        contacts.is_billing_contact and not contacts.is_archived as is_billing_contact,
        greatest(contacts.known_date, identities.known_date) as counts_from_date,
        contacts.known_date,
        contacts.superseded_date
    from contacts
    inner join identities
        on identities.source_system = 'hubspot'
        and contacts.company_id = identities.source_customer_id
),

identified_agreements as (
    select
        identities.customer_key,
        agreements.*,
        greatest(agreements.known_date, identities.known_date) as counts_from_date
    from agreements
    inner join identities
        on identities.source_system = 'contracts'
        and agreements.contract_id = identities.source_customer_id
),

days_of_change as (
    select
        customer_key,
        counts_from_date as known_date
    from identified_records
    union
    select
        customer_key,
        counts_from_date as known_date
    from identified_contacts
    union
    select
        customer_key,
        counts_from_date as known_date
    from identified_agreements
),

masters_as_of_day as (
    select
        days_of_change.customer_key,
        days_of_change.known_date,
        identified_records.source_system as master_system,
        identified_records.source_customer_id as master_customer_id,
        identified_records.parent_accounting_customer_id,
        identified_records.customer_name,
        identified_records.legal_entity_id,
        identified_records.country_code,
        identified_records.address_line,
        identified_records.city,
        identified_records.postal_code,
        identified_records.currency_code,
        identified_records.tax_id,
        identified_records.email,
        identified_records.terms_code,
        identified_records.is_active,
        row_number() over (
            partition by days_of_change.customer_key, days_of_change.known_date
            order by identified_records.known_date desc, identified_records.customer_name asc, identified_records.legal_entity_id asc
        ) as nearness
    from days_of_change
    inner join identified_records
        on days_of_change.customer_key = identified_records.customer_key
        and identified_records.is_master
        and days_of_change.known_date >= identified_records.counts_from_date
),

company_emails_as_of_day as (
    select
        days_of_change.customer_key,
        days_of_change.known_date,
        identified_records.email,
        row_number() over (
            partition by days_of_change.customer_key, days_of_change.known_date
            order by identified_records.known_date desc, identified_records.source_customer_id asc
        ) as nearness
    from days_of_change
    inner join identified_records
        on days_of_change.customer_key = identified_records.customer_key
        and identified_records.source_system = 'hubspot'
        and identified_records.email is not null
        and days_of_change.known_date >= identified_records.counts_from_date
),

contacts_as_of_day as (
    select
        days_of_change.customer_key,
        days_of_change.known_date,
        identified_contacts.email,
        identified_contacts.language_code,
        identified_contacts.is_email_bounced,
        row_number() over (
            partition by days_of_change.customer_key, days_of_change.known_date
            order by
                case when identified_contacts.is_email_bounced then 1 else 0 end asc,
                identified_contacts.known_date desc,
                identified_contacts.contact_id asc
        ) as nearness
    from days_of_change
    inner join identified_contacts
        on days_of_change.customer_key = identified_contacts.customer_key
        and identified_contacts.is_billing_contact
        and days_of_change.known_date >= identified_contacts.counts_from_date
        and (identified_contacts.superseded_date is null or days_of_change.known_date < identified_contacts.superseded_date)
),

agreements_as_of_day as (
    select
        days_of_change.customer_key,
        days_of_change.known_date,
        identified_agreements.legal_entity_id,
        identified_agreements.terms_code,
        identified_agreements.credit_limit_amount,
        identified_agreements.is_purchase_order_required,
        row_number() over (
            partition by days_of_change.customer_key, days_of_change.known_date
            order by identified_agreements.start_date desc nulls last, identified_agreements.contract_id desc
        ) as nearness
    from days_of_change
    inner join identified_agreements
        on days_of_change.customer_key = identified_agreements.customer_key
        and days_of_change.known_date >= identified_agreements.counts_from_date
        and (identified_agreements.superseded_date is null or days_of_change.known_date < identified_agreements.superseded_date)
),

assembled as (
    select
        days_of_change.customer_key,
        days_of_change.known_date,
        masters_as_of_day.master_system,
        masters_as_of_day.master_customer_id,
        masters_as_of_day.parent_accounting_customer_id,
        coalesce(masters_as_of_day.customer_name, masters_as_of_day.master_customer_id) as customer_name,
        coalesce(masters_as_of_day.legal_entity_id, agreements_as_of_day.legal_entity_id) as legal_entity_id,
        masters_as_of_day.country_code,
        masters_as_of_day.address_line,
        masters_as_of_day.city,
        masters_as_of_day.postal_code,
        masters_as_of_day.currency_code,
        masters_as_of_day.tax_id,
        coalesce(contacts_as_of_day.email, company_emails_as_of_day.email, masters_as_of_day.email) as billing_email,
        contacts_as_of_day.language_code,
        case when contacts_as_of_day.email is not null then contacts_as_of_day.is_email_bounced else false end as is_billing_email_bounced,
        coalesce(agreements_as_of_day.terms_code, masters_as_of_day.terms_code) as terms_code,
        agreements_as_of_day.terms_code as agreed_terms_code,
        agreements_as_of_day.credit_limit_amount,
        coalesce(agreements_as_of_day.is_purchase_order_required, false) as is_purchase_order_required,
        masters_as_of_day.is_active
    from days_of_change
    inner join masters_as_of_day
        on days_of_change.customer_key = masters_as_of_day.customer_key
        and days_of_change.known_date = masters_as_of_day.known_date
        and masters_as_of_day.nearness = 1
    left join contacts_as_of_day
        on days_of_change.customer_key = contacts_as_of_day.customer_key
        and days_of_change.known_date = contacts_as_of_day.known_date
        and contacts_as_of_day.nearness = 1
    left join company_emails_as_of_day
        on days_of_change.customer_key = company_emails_as_of_day.customer_key
        and days_of_change.known_date = company_emails_as_of_day.known_date
        and company_emails_as_of_day.nearness = 1
    left join agreements_as_of_day
        on days_of_change.customer_key = agreements_as_of_day.customer_key
        and days_of_change.known_date = agreements_as_of_day.known_date
        and agreements_as_of_day.nearness = 1
),

judged as (
    select
        *,
        {{ is_email_address('billing_email') }} and not is_billing_email_bounced as is_billing_email_valid
    from assembled
),

with_fingerprint as (
    select
        *,
        {{ surrogate_key([
            'parent_accounting_customer_id', 'customer_name', 'legal_entity_id', 'country_code', 'currency_code', 'tax_id',
            'billing_email', 'is_billing_email_valid', 'terms_code', 'agreed_terms_code', 'credit_limit_amount',
            'is_purchase_order_required', 'is_active', 'address_line', 'city', 'postal_code', 'language_code',
        ]) }} as fingerprint
    from judged
),

compared as (
    select
        *,
        lag(fingerprint) over (partition by customer_key order by known_date) as fingerprint_before
    from with_fingerprint
),

final as (
    select
        customer_key,
        master_system,
        master_customer_id,
        parent_accounting_customer_id,
        customer_name,
        legal_entity_id,
        country_code,
        address_line,
        city,
        postal_code,
        currency_code,
        tax_id,
        billing_email,
        is_billing_email_valid,
        language_code,
        terms_code,
        agreed_terms_code,
        credit_limit_amount,
        is_purchase_order_required,
        is_active,
        known_date,
        lead(known_date) over (partition by customer_key order by known_date) as superseded_date
    from compared
    where fingerprint_before is null or fingerprint <> fingerprint_before
)

select * from final
