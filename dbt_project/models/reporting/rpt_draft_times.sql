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

in_order as (
    select
        *,
        row_number() over (partition by billing_key order by business_date, drafting_number) as place
    from drafts
),

-- A draft can be looked at once the day's last delivery, of which it may be made, is taken in.
appeared as (
    select
        in_order.*,
        coalesce(deliveries.last_received_at, {{ end_of_day('in_order.business_date') }}) as drafted_at
    from in_order
    left join deliveries on in_order.business_date = deliveries.business_date
    where in_order.place = 1
),

final as (
    select
        appeared.billing_key,
        appeared.charge_kind,
        appeared.legal_entity_id,
        appeared.status as first_status,
        case
            when appeared.trigger_at <= appeared.drafted_at then {{ hours_between('appeared.trigger_at', 'appeared.drafted_at') }}
        end as trigger_to_draft_hours,
        appeared.trigger_at <= appeared.drafted_at
        and cast(appeared.trigger_at as date) >= first_day.first_landed_date as is_measured,
        appeared.trigger_at,
        appeared.drafted_at
    from appeared
    cross join first_day
)

select * from final
