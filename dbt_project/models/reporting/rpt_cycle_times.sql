with invoices as (
    select * from {{ ref('fct_invoices') }} where not is_cancelled
),

drafts as (
    select
        billing_key,
        min(charge_kind) as charge_kind,
        min(trigger_at) as trigger_at
    from {{ source('generated', 'invoice_drafts') }}
    where business_date <= {{ as_of_date() }}
    group by billing_key
),

first_day as (
    select min(cast(received_at as date)) as first_landed_date from {{ ref('stg_landing__manifest') }}
),

applications as (
    select
        document_key,
        max(effective_date) as last_applied_date
    from {{ ref('fct_applications') }}
    group by document_key
),

open_items as (
    select * from {{ ref('fct_open_items') }}
),

-- An invoice is paid when cash was applied and nothing is left open; one that credits settled alone was never paid.
payments as (
    select
        applications.document_key,
        applications.last_applied_date as paid_date
    from applications
    left join open_items on applications.document_key = open_items.document_key
    where open_items.document_key is null
),

triggered as (
    select
        invoices.*,
        drafts.charge_kind,
        coalesce(invoices.trigger_at, drafts.trigger_at) as triggered_at
    from invoices
    left join drafts on invoices.billing_key = drafts.billing_key
),

measured as (
    select
        cast({{ dbt.date_trunc('month', 'triggered.invoice_date') }} as date) as invoice_month,
        triggered.legal_entity_id,
        coalesce(triggered.charge_kind, 'other') as charge_kind,
        -- Nobody here could have billed what happened before the first delivery: the opening book says nothing of our pace.
        case
            when
                triggered.triggered_at <= triggered.known_at
                and cast(triggered.triggered_at as date) >= first_day.first_landed_date
                then {{ hours_between('triggered.triggered_at', 'triggered.known_at') }}
        end as trigger_to_invoice_hours,
        case
            when payments.paid_date >= triggered.invoice_date
                then cast({{ dbt.datediff('triggered.invoice_date', 'payments.paid_date', 'day') }} as decimal(18, 2))
        end as days_to_pay,
        triggered.document_key
    from triggered
    cross join first_day
    left join payments on triggered.document_key = payments.document_key
),

ranked as (
    select
        measured.*,
        count(trigger_to_invoice_hours) over (partition by invoice_month, legal_entity_id, charge_kind) as hours_count,
        row_number() over (
            partition by invoice_month, legal_entity_id, charge_kind
            order by case when trigger_to_invoice_hours is null then 1 else 0 end, trigger_to_invoice_hours, document_key
        ) as hours_rank,
        count(days_to_pay) over (partition by invoice_month, legal_entity_id, charge_kind) as days_count,
        row_number() over (
            partition by invoice_month, legal_entity_id, charge_kind
            order by case when days_to_pay is null then 1 else 0 end, days_to_pay, document_key
        ) as days_rank
    from measured
),

-- Percentiles by nearest rank: the smallest value that at least so many percent of the values do not exceed.
final as (
    select
        invoice_month,
        legal_entity_id,
        charge_kind,
        cast(count(*) as integer) as invoice_count,
        min(case when hours_rank * 100 >= hours_count * 50 then trigger_to_invoice_hours end) as trigger_to_invoice_hours_p50,
        min(case when hours_rank * 100 >= hours_count * 95 then trigger_to_invoice_hours end) as trigger_to_invoice_hours_p95,
        min(case when days_rank * 100 >= days_count * 50 then days_to_pay end) as days_to_pay_p50
    from ranked
    group by invoice_month, legal_entity_id, charge_kind
)

select * from final
