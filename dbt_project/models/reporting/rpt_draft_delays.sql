with measured as (
    select * from {{ ref('rpt_draft_times') }}
    where is_measured and legal_entity_id is not null
),

entities as (
    select
        billing_key,
        legal_entity_id
    from measured
    union all
    select
        billing_key,
        'all' as legal_entity_id
    from measured
),

-- Each charge is in its own group and in that of all charges.
grouped as (
    select
        entities.legal_entity_id,
        'every_charge' as charge_group,
        measured.billing_key,
        measured.trigger_to_draft_hours,
        measured.waited_hours,
        measured.reviewable_at
    from measured
    inner join entities on measured.billing_key = entities.billing_key
    union all
    select
        entities.legal_entity_id,
        case when measured.was_blocked then 'blocked_by_a_fault' else 'nothing_wrong' end as charge_group,
        measured.billing_key,
        measured.trigger_to_draft_hours,
        measured.waited_hours,
        measured.reviewable_at
    from measured
    inner join entities on measured.billing_key = entities.billing_key
),

ranked as (
    select
        *,
        count(*) over (partition by legal_entity_id, charge_group) as group_count,
        row_number() over (partition by legal_entity_id, charge_group order by trigger_to_draft_hours, billing_key) as draft_rank,
        row_number() over (partition by legal_entity_id, charge_group order by waited_hours, billing_key) as waited_rank
    from grouped
),

-- Percentiles by nearest rank: the smallest value that at least so many percent of the values do not exceed.
final as (
    select
        legal_entity_id,
        charge_group,
        cast(count(*) as integer) as charge_count,
        cast(sum(case when reviewable_at is null then 1 else 0 end) as integer) as still_blocked_count,
        min(case when draft_rank * 100 >= group_count * 50 then trigger_to_draft_hours end) as trigger_to_draft_hours_p50,
        min(case when draft_rank * 100 >= group_count * 95 then trigger_to_draft_hours end) as trigger_to_draft_hours_p95,
        min(case when waited_rank * 100 >= group_count * 50 then waited_hours end) as trigger_to_reviewable_hours_p50,
        min(case when waited_rank * 100 >= group_count * 95 then waited_hours end) as trigger_to_reviewable_hours_p95
    from ranked
    group by legal_entity_id, charge_group
)

select * from final
