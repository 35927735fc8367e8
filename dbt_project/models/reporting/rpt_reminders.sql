with plan as (
    select *
    from {{ source('generated', 'reminder_plan') }}
    where business_date = {{ as_of_date() }}
),

outbox as (
    select * from {{ ref('stg_openitem__outbox') }}
),

outbox_events as (
    select * from {{ ref('stg_openitem__outbox_events') }}
),

customers as (
    select * from {{ ref('dim_customers') }}
),

outbox_states as (
    select
        outbox_key,
        case
            when max(case when kind = 'sent' then 1 else 0 end) = 1 then 'sent'
            when max(case when kind = 'failed' then 1 else 0 end) = 1 then 'failed'
            when max(case when kind = 'claimed' then 1 else 0 end) = 1 then 'claimed'
            else 'queued'
        end as outbox_state
    from outbox_events
    group by outbox_key
),

versions as (
    select * from {{ ref('int_subject_versions') }}
),

final as (
    select
        plan.document_key,
        plan.document_number,
        plan.customer_key,
        customers.customer_name,
        plan.legal_entity_id,
        plan.decision,
        plan.reason_code,
        outbox.channel,
        outbox.recipient,
        outbox.outbox_key,
        case when outbox.outbox_key is not null then coalesce(outbox_states.outbox_state, 'queued') end as outbox_state,
        plan.currency_code,
        plan.open_amount,
        plan.days_overdue,
        plan.dunning_level,
        coalesce(versions.version, 0) as version,
        plan.due_date,
        plan.business_date
    from plan
    left join outbox on plan.outbox_key = outbox.outbox_key
    left join outbox_states on plan.outbox_key = outbox_states.outbox_key
    left join customers on plan.customer_key = customers.customer_key
    left join versions on plan.document_key = versions.subject_key
)

select * from final
