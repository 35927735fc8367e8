with usage_events as (
    select * from {{ ref('stg_usage__events') }}
),

agreements as (
    select contract_id, legal_entity_id from {{ ref('stg_contracts__agreements') }}
    where is_last_version
),

legal_entities as (
    select * from {{ ref('dim_legal_entities') }}
),

final as (
    select
        {{ surrogate_key(['usage_events.event_id']) }} as usage_event_key,
        usage_events.contract_id,
        usage_events.contract_line_number,
        usage_events.metric,
        usage_events.quantity,
        usage_events.occurred_at,
        {{ local_date('usage_events.occurred_at', 'legal_entities.time_zone') }} as occurred_date,
        usage_events.known_date
    from usage_events
    left join agreements on usage_events.contract_id = agreements.contract_id
    left join legal_entities on agreements.legal_entity_id = legal_entities.legal_entity_id
)

select * from final
