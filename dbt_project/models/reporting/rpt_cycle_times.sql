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

settling_entries as (
    select * from {{ ref('fct_ledger_entries') }} where document_key is not null
),

settlements as (
    select
document_key,
max(effective_date) as settled_date
    from settling_entries
    group by document_key
    having sum(receivable_amount) = 0
),

measured as (
    select
        cast({{ dbt.date_trunc('month', 'invoices.invoice_date') }} as date) as invoice_month,
        invoices.legal_entity_id,
        coalesce(drafts.charge_kind, 'other') as charge_kind,
        -- Measured only when both moments are known and in order.
        case
            when coalesce(invoices.trigger_at, drafts.trigger_at) <= invoices.known_at
                then {{ hours_between('coalesce(invoices.trigger_at, drafts.trigger_at)', 'invoices.known_at') }}
        end as trigger_to_invoice_hours,
        case
            when settlements.settled_date >= invoices.invoice_date
                then cast({{ dbt.datediff('invoices.invoice_date', 'settlements.settled_date', 'day') }} as decimal(18, 2))
        end as days_to_pay,
        invoices.document_key
    from invoices
    left join drafts on invoices.billing_key = drafts.billing_key
    left join settlements on invoices.document_key = settlements.document_key
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
