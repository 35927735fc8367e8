with drafts as (
    select *
    from {{ source('generated', 'invoice_drafts') }}
    where business_date <= {{ as_of_date() }} and status <> 'withdrawn'
),

entities as (
    select * from {{ ref('dim_legal_entities') }}
),

deliveries as (
    select
        cast(received_at as date) as business_date,
        max(received_at) as last_received_at
    from {{ ref('stg_landing__manifest') }}
    group by cast(received_at as date)
),

first_day as (
    select min(business_date) as first_landed_date from deliveries
),

-- A draft can be looked at once the day's last delivery, of which it may be made, is taken in. Deliveries are known by their day
-- in UTC; an event's day, and a day without a delivery, end where the legal entity is.
in_order as (
    select
        drafts.*,
        entities.time_zone,
        coalesce(deliveries.last_received_at, {{ end_of_local_day('drafts.business_date', 'entities.time_zone') }}) as decided_at,
        row_number() over (partition by drafts.billing_key order by drafts.business_date, drafts.drafting_number) as place
    from drafts
    left join deliveries on drafts.business_date = deliveries.business_date
    left join entities on drafts.legal_entity_id = entities.legal_entity_id
),

reviewable as (
    select
        billing_key,
        min(decided_at) as reviewable_at
    from in_order
    where status <> 'blocked'
    group by billing_key
),

final as (
    select
        in_order.billing_key,
        in_order.charge_kind,
        in_order.legal_entity_id,
        in_order.status as first_status,
        case
            when in_order.trigger_at <= in_order.decided_at then {{ hours_between('in_order.trigger_at', 'in_order.decided_at') }}
        end as trigger_to_draft_hours,
        case
            when in_order.trigger_at <= reviewable.reviewable_at then {{ hours_between('in_order.trigger_at', 'reviewable.reviewable_at') }}
        end as trigger_to_reviewable_hours,
        case
            when in_order.trigger_at <= coalesce(reviewable.reviewable_at, {{ end_of_local_day(as_of_date(), 'in_order.time_zone') }})
                then {{ hours_between('in_order.trigger_at', 'coalesce(reviewable.reviewable_at, ' ~ end_of_local_day(as_of_date(), 'in_order.time_zone') ~ ')') }}
        end as waited_hours,
        in_order.status = 'blocked' as was_blocked,
        in_order.trigger_at <= in_order.decided_at
        and coalesce(in_order.triggered_date, cast(in_order.trigger_at as date)) >= first_day.first_landed_date as is_measured,
        in_order.trigger_at,
        in_order.decided_at as drafted_at,
        reviewable.reviewable_at
    from in_order
    cross join first_day
    left join reviewable on in_order.billing_key = reviewable.billing_key
    where in_order.place = 1
)

select * from final
