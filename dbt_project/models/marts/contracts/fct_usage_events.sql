with usage_events as (
    select * from {{ ref('stg_usage__events') }}
),

-- A meter counts in UTC days and months wherever the customer is; so does the charge.
final as (
    select
        {{ surrogate_key(['event_id']) }} as usage_event_key,
        contract_id,
        contract_line_number,
        metric,
        quantity,
        occurred_at,
        cast(occurred_at as date) as occurred_date,
        known_date
    from usage_events
)

select * from final
