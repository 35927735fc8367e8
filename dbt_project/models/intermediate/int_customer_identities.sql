with records as (
    select * from {{ ref('int_customer_records') }}
),

accounting_customers as (
    select * from records
    where source_system = 'quickbooks'
),

-- Every pair of a record and an accounting customer that a rule would join, with the day on which it could.
pairs as (
    select
        records.source_system,
        records.source_customer_id,
        accounting_customers.source_customer_id as accounting_customer_id,
        1 as rule_order,
        greatest(records.known_date, accounting_customers.known_date) as known_date
    from records
    inner join accounting_customers
        on records.accounting_customer_id = accounting_customers.source_customer_id
    where records.source_system in ('hubspot', 'contracts', 'shop')

    union

    select
        records.source_system,
        records.source_customer_id,
        accounting_customers.source_customer_id as accounting_customer_id,
        2 as rule_order,
        greatest(records.known_date, accounting_customers.known_date) as known_date
    from records
    inner join accounting_customers
        on records.tax_id = accounting_customers.tax_id
        and coalesce(records.legal_entity_id, accounting_customers.legal_entity_id) = accounting_customers.legal_entity_id
    where records.source_system in ('hubspot', 'contracts', 'shop')

    union

    -- The same name is not enough: the country or the mail domain agrees too, and nothing speaks against it.
    select
        records.source_system,
        records.source_customer_id,
        accounting_customers.source_customer_id as accounting_customer_id,
        3 as rule_order,
        greatest(records.known_date, accounting_customers.known_date) as known_date
    from records
    inner join accounting_customers
        on records.normalised_name = accounting_customers.normalised_name
        and coalesce(records.legal_entity_id, accounting_customers.legal_entity_id) = accounting_customers.legal_entity_id
    where records.source_system in ('hubspot', 'contracts', 'shop')
        and coalesce(records.tax_id, accounting_customers.tax_id, '') = coalesce(accounting_customers.tax_id, records.tax_id, '')
        and (
            records.country_code = accounting_customers.country_code
            or accounting_customers.email like '%@' || records.domain
            or (records.country_code is null and records.legal_entity_id = accounting_customers.legal_entity_id)
        )
),

-- A rule speaks on the first day it can, and only if it then names one customer: what was decided stays decided.
pairs_with_rivals as (
    select
        *,
        min(known_date) over (partition by source_system, source_customer_id, rule_order) as first_day_of_rule
    from pairs
),

spoken as (
    select
        source_system,
        source_customer_id,
        rule_order,
        min(accounting_customer_id) as accounting_customer_id,
        min(known_date) as known_date
    from pairs_with_rivals
    where known_date = first_day_of_rule
    group by source_system, source_customer_id, rule_order
    having min(accounting_customer_id) = max(accounting_customer_id)
),

ranked as (
    select
        *,
        row_number() over (partition by source_system, source_customer_id order by rule_order) as rule_rank,
        min(known_date) over (partition by source_system, source_customer_id, accounting_customer_id) as first_known_date
    from spoken
),

source_records as (
    select
        source_system,
        source_customer_id,
        min(tax_id) as tax_id,
        min(legal_entity_id) as legal_entity_id,
        min(known_date) as known_date
    from records
    group by source_system, source_customer_id
),

unmatched as (
    select
        source_records.source_system,
        source_records.source_customer_id,
        source_records.known_date,
        case
            when source_records.source_system in ('hubspot', 'contracts', 'shop') and source_records.tax_id is not null
                then 'tax_id ' || source_records.tax_id
            else source_records.source_system || ' ' || source_records.source_customer_id
        end as party
    from source_records
    left join ranked
        on source_records.source_system = ranked.source_system
        and source_records.source_customer_id = ranked.source_customer_id
        and ranked.rule_rank = 1
    where source_records.source_system <> 'quickbooks' and ranked.source_customer_id is null
),

unmatched_with_first as (
    select
        *,
        first_value(source_system) over (partition by party order by known_date, source_system, source_customer_id) as first_system,
        first_value(source_customer_id) over (partition by party order by known_date, source_system, source_customer_id) as first_customer_id
    from unmatched
),

identities as (
    select
        source_system,
        source_customer_id,
        source_system as master_system,
        source_customer_id as master_customer_id,
        'accounting_master' as identity_rule,
        known_date
    from source_records
    where source_system = 'quickbooks'

    union all

    select
        source_system,
        source_customer_id,
        'quickbooks' as master_system,
        accounting_customer_id as master_customer_id,
        case rule_order when 1 then 'accounting_id' when 2 then 'tax_id' else 'exact_name' end as identity_rule,
        first_known_date as known_date
    from ranked
    where rule_rank = 1

    union all

    select
        source_system,
        source_customer_id,
        first_system as master_system,
        first_customer_id as master_customer_id,
        case
            when source_system = first_system and source_customer_id = first_customer_id then 'own_record'
            else 'tax_id_without_accounting'
        end as identity_rule,
        known_date
    from unmatched_with_first
),

final as (
    select
        source_system,
        source_customer_id,
        {{ surrogate_key(['master_system', 'master_customer_id']) }} as customer_key,
        master_system,
        master_customer_id,
        identity_rule,
        known_date
    from identities
)

select * from final
