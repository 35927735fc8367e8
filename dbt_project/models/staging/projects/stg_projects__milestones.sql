with delivered as (
    {{ daily_versions(source('raw', 'projects__milestones'), ['gid'], 'coalesce(' ~ to_timestamp('modified_at') ~ ', _received_at)') }}
),

final as (
    select
        gid as task_id,
        {{ to_text('agreement_id') }} as contract_id,
        {{ to_integer('agreement_line') }} as contract_line_number,
        {{ to_text('milestone_id') }} as milestone_id,
        {{ to_text('name') }} as milestone_name,
        {{ to_text('accepted_by') }} as accepted_by,
        {{ to_text('attachments') }} as attachments,
        coalesce({{ to_boolean('completed') }}, false) as is_completed,
        {{ to_timestamp('completed_at') }} as completed_at,
        {{ to_timestamp('provisioned_at') }} as provisioned_at,
        {{ to_quantity('quantity') }} as quantity,
        cast(changed_at_or_version as timestamp) as changed_at,
        version_number,
        superseded_date is null as is_last_version,
        {{ known_columns('_received_at') }},
        cast(first_received_at as date) as first_known_date,
        superseded_date
    from delivered
)

select * from final
