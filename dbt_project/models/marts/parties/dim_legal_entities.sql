with legal_entities as (
    select * from {{ ref('legal_entities') }}
),

table_documents as (
    select * from {{ ref('stg_table__documents') }}
),

-- A mapped table may bring a company of its own that policy does not name.
unnamed_entities as (
    select
        table_documents.legal_entity_id,
        min(table_documents.currency_code) as currency_code
    from table_documents
    left join legal_entities on table_documents.legal_entity_id = legal_entities.legal_entity_id
    where table_documents.legal_entity_id is not null and legal_entities.legal_entity_id is null
    group by table_documents.legal_entity_id
),

final as (
    select
        cast(legal_entity_id as {{ dbt.type_string() }}) as legal_entity_id,
        cast(legal_entity_name as {{ dbt.type_string() }}) as legal_entity_name,
        cast(country_code as {{ dbt.type_string() }}) as country_code,
        cast(currency_code as {{ dbt.type_string() }}) as currency_code,
        cast(time_zone as {{ dbt.type_string() }}) as time_zone,
        cast(invoicing_mode as {{ dbt.type_string() }}) as invoicing_mode,
        cast(number_series as {{ dbt.type_string() }}) as number_series
    from legal_entities

    union all

    select
        legal_entity_id,
        legal_entity_id as legal_entity_name,
        null as country_code,
        currency_code,
        'UTC' as time_zone,
        'accounting' as invoicing_mode,
        null as number_series
    from unnamed_entities
)

select * from final
