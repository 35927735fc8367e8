with events as (
    select *
    from {{ source('generated', 'exceptions') }}
    where business_date <= {{ as_of_date() }}
),

actions as (
    select * from {{ ref('stg_openitem__exception_actions') }}
),

reasons as (
    select * from {{ ref('reason_codes') }}
),

versions as (
    select * from {{ ref('int_subject_versions') }}
),

-- An exception opened and resolved on one day is resolved: 'resolved' sorts after 'opened'.
events_in_order as (
    select
        events.*,
        row_number() over (partition by exception_key order by business_date desc, status desc) as recency_rank
    from events
),

actions_in_order as (
    select
        actions.*,
        row_number() over (partition by exception_key, kind order by sequence desc) as recency_rank
    from actions
),

assignments as (
    select * from actions_in_order where kind = 'exception_assigned' and recency_rank = 1
),

closings as (
    select * from actions_in_order where kind = 'exception_closed' and recency_rank = 1
),

final as (
    select
        events_in_order.exception_key,
        events_in_order.subject_kind,
        events_in_order.subject_key,
        events_in_order.subject_label,
        events_in_order.reason_code,
        coalesce(reasons.description, events_in_order.reason_code) as reason_description,
        coalesce(assignments.owner, events_in_order.owner) as owner,
        coalesce(events_in_order.upstream_system, reasons.upstream_system) as upstream_system,
        coalesce(events_in_order.upstream_field, reasons.upstream_field) as upstream_field,
        events_in_order.context,
        events_in_order.amount,
        events_in_order.currency_code,
        cast({{ dbt.datediff('events_in_order.opened_date', as_of_date(), 'day') }} as integer) as age_days,
        coalesce(versions.version, 0) as version,
        events_in_order.opened_date
    from events_in_order
    left join reasons on events_in_order.reason_code = reasons.reason_code
    left join assignments on events_in_order.exception_key = assignments.exception_key
    left join closings
        on
            events_in_order.exception_key = closings.exception_key
            and closings.business_date >= events_in_order.opened_date
    left join versions on events_in_order.exception_key = versions.subject_key
    where
        events_in_order.recency_rank = 1
        and events_in_order.status = 'opened'
        and closings.exception_key is null
)

select * from final
