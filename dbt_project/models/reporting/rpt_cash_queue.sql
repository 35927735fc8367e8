with open_receipts as (
    select * from {{ ref('int_receipts_settled') }} where unapplied_amount > 0
),

receipts as (
    select * from {{ ref('fct_receipts') }}
),

last_matches as (
    select * from {{ ref('int_cash_matches_latest') }}
),

customers as (
    select * from {{ ref('dim_customers') }}
),

versions as (
    select * from {{ ref('int_subject_versions') }}
),

reasons as (
    select * from {{ ref('reason_codes') }}
),

kept_on_account as (
    select * from {{ ref('int_receipts_kept_on_account') }}
),

in_order as (
    select
        last_matches.*,
        row_number() over (
            partition by receipt_key order by rank, document_number nulls last, document_key nulls last
        ) as position
    from last_matches
),

best as (
    select * from in_order where position = 1
),

final as (
    select
        open_receipts.receipt_key,
        open_receipts.receipt_id,
        open_receipts.legal_entity_id,
        coalesce(open_receipts.customer_key, best.customer_key) as customer_key,
        customers.customer_name,
        receipts.payer_name,
        receipts.payer_account,
        receipts.remittance_text,
        case
            when kept_on_account.receipt_key is not null then 'on_account'
            else coalesce(best.outcome, 'unidentified')
        end as outcome,
        best.reason_code,
        reasons.description as reason_description,
        case when best.outcome = 'proposed' then best.rule end as proposed_rule,
        best.evidence,
        kept_on_account.decision_key as kept_decision_key,
        open_receipts.currency_code,
        open_receipts.receipt_amount,
        open_receipts.unapplied_amount,
        case when best.outcome = 'proposed' then best.confidence end as confidence,
        kept_on_account.receipt_key is not null as is_kept_on_account,
        cast({{ dbt.datediff('receipts.value_date', as_of_date(), 'day') }} as integer) as age_days,
        coalesce(versions.version, 0) as version,
        receipts.value_date
    from open_receipts
    inner join receipts on open_receipts.receipt_key = receipts.receipt_key
    left join best on open_receipts.receipt_key = best.receipt_key
    left join customers on coalesce(open_receipts.customer_key, best.customer_key) = customers.customer_key
    left join versions on open_receipts.receipt_key = versions.subject_key
    left join reasons on best.reason_code = reasons.reason_code
    left join kept_on_account on open_receipts.receipt_key = kept_on_account.receipt_key
)

select * from final
