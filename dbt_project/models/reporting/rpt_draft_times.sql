with drafts as (
    select *
    from {{ source('generated', 'invoice_drafts') }}
    where business_date <= {{ as_of_date() }} and status <> 'withdrawn'
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

-- A draft can be looked at once the day's last delivery, of which it may be made, is taken in.
in_order as (
    select
        drafts.*,
        coalesce(deliveries.last_received_at, {{ end_of_day('drafts.business_date') }}) as decided_at,
        row_number() over (partition by drafts.billing_key order by drafts.business_date, drafts.drafting_number) as place
    from drafts
    left join deliveries on drafts.business_date = deliveries.business_date
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
            when in_order.trigger_at <= coalesce(reviewable.reviewable_at, {{ end_of_day(as_of_date()) }})
                then {{ hours_between('in_order.trigger_at', 'coalesce(reviewable.reviewable_at, ' ~ end_of_day(as_of_date()) ~ ')') }}
        end as waited_hours,
        in_order.status = 'blocked' as was_blocked,
        in_order.trigger_at <= in_order.decided_at
        and cast(in_order.trigger_at as date) >= first_day.first_landed_date as is_measured,
        in_order.trigger_at,
        in_order.decided_at as drafted_at,
        reviewable.reviewable_at
    from in_order
    cross join first_day
    left join reviewable on in_order.billing_key = reviewable.billing_key
    where in_order.place = 1
)

select * from final
