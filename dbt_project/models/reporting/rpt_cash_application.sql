with receipts as (
    select * from {{ ref('int_receipts_settled') }}
),

applications as (
    select * from {{ ref('fct_applications') }}
),

last_matches as (
    select * from {{ ref('int_cash_matches_latest') }}
),

kept_on_account as (
    select * from {{ ref('int_receipts_kept_on_account') }}
),

applied_by_source as (
    select
        receipt_key,
        max(case when source = 'rule' then 1 else 0 end) as is_applied_by_rule,
        max(case when source = 'person' then 1 else 0 end) as is_applied_by_person,
        max(case when source in ('accounting', 'table') then 1 else 0 end) as is_applied_at_source
    from applications
    group by receipt_key
),

outcomes as (
    select
        receipt_key,
        min(outcome) as outcome
    from last_matches
    group by receipt_key
),

sorted as (
    select
        receipts.known_date as business_date,
        receipts.legal_entity_id,
        receipts.currency_code,
        receipts.receipt_amount,
        receipts.applied_amount,
        receipts.unapplied_amount,
        case
            when receipts.is_returned then 'returned'
            when applied_by_source.is_applied_by_person = 1 then 'confirmed'
            when applied_by_source.is_applied_by_rule = 1 then 'auto_applied'
            when applied_by_source.is_applied_at_source = 1 then 'applied_at_source'
            when kept_on_account.receipt_key is not null then 'on_account'
            when outcomes.outcome in ('proposed', 'on_account') then outcomes.outcome
            -- An application that was undone leaves money whose customer is known.
            when receipts.customer_key is not null then 'on_account'
            else 'unidentified'
        end as settlement
    from receipts
    left join applied_by_source on receipts.receipt_key = applied_by_source.receipt_key
    left join outcomes on receipts.receipt_key = outcomes.receipt_key
    left join kept_on_account on receipts.receipt_key = kept_on_account.receipt_key
),

final as (
    select
        business_date,
        legal_entity_id,
        currency_code,
        cast(count(*) as integer) as receipt_count,
        cast(sum(case when settlement = 'auto_applied' then 1 else 0 end) as integer) as auto_applied_count,
        cast(sum(case when settlement = 'confirmed' then 1 else 0 end) as integer) as confirmed_count,
        cast(sum(case when settlement = 'applied_at_source' then 1 else 0 end) as integer) as applied_at_source_count,
        cast(sum(case when settlement = 'proposed' then 1 else 0 end) as integer) as proposed_count,
        cast(sum(case when settlement = 'on_account' then 1 else 0 end) as integer) as on_account_count,
        cast(sum(case when settlement = 'unidentified' then 1 else 0 end) as integer) as unidentified_count,
        cast(sum(case when settlement = 'returned' then 1 else 0 end) as integer) as returned_count,
        {{ money_sum('receipt_amount') }} as receipt_amount,
        {{ money_sum('applied_amount') }} as applied_amount,
        {{ money_sum('unapplied_amount') }} as unapplied_amount
    from sorted
    group by business_date, legal_entity_id, currency_code
)

select * from final
