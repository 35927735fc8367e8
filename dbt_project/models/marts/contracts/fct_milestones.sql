with milestones as (
    select * from {{ ref('stg_projects__milestones') }}
),

agreements as (
    select
        contract_id,
        legal_entity_id
    from {{ ref('stg_contracts__agreements') }}
    where is_last_version
),

legal_entities as (
    select * from {{ ref('dim_legal_entities') }}
),

-- The trigger is the day on which the present state of completion or provisioning first became known.
state_first_known as (
    select
        *,
        min(known_at) over (partition by task_id, is_completed, provisioned_at is not null) as state_known_at
    from milestones
),

final as (
    select
        {{ surrogate_key(['state_first_known.task_id']) }} as milestone_key,
        coalesce(state_first_known.milestone_id, state_first_known.task_id) as milestone_id,
        state_first_known.contract_id,
        state_first_known.contract_line_number,
        state_first_known.milestone_name,
        state_first_known.is_completed,
        state_first_known.completed_at,
        {{ local_date('state_first_known.completed_at', 'legal_entities.time_zone') }} as completed_date,
        state_first_known.accepted_by,
        state_first_known.provisioned_at,
        {{ local_date('state_first_known.provisioned_at', 'legal_entities.time_zone') }} as provisioned_date,
        state_first_known.quantity,
        cast(state_first_known.state_known_at as timestamp) as known_at,
        cast(state_first_known.state_known_at as date) as known_date
    from state_first_known
    left join agreements on state_first_known.contract_id = agreements.contract_id
    left join legal_entities on agreements.legal_entity_id = legal_entities.legal_entity_id
    where state_first_known.is_last_version
)

select * from final
