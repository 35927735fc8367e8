with receipts as (
    select * from {{ ref('int_receipts_settled') }} where not is_returned
),

rule_decisions as (
    select
        receipt_key,
        decision_key,
        min(rule) as rule,
        min(sequence) as sequence
    from {{ ref('stg_openitem__applications') }}
    where kind = 'cash_applied'
    group by receipt_key, decision_key
),

undone_decisions as (
    select * from {{ ref('stg_openitem__undone_decisions') }}
),

undoers as (
    select
        sequence,
        actor_kind
    from {{ ref('stg_openitem__decisions') }}
    where kind = 'application_undone'
),

judged as (
    select
        rule_decisions.receipt_key,
        rule_decisions.rule,
        max(case when undoers.actor_kind = 'person' then 1 else 0 end) over (
            partition by rule_decisions.receipt_key
        ) as is_overturned,
        row_number() over (partition by rule_decisions.receipt_key order by rule_decisions.sequence) as position
    from rule_decisions
    left join undone_decisions on rule_decisions.decision_key = undone_decisions.undone_decision_key
    left join undoers on undone_decisions.sequence = undoers.sequence
),

first_rules as (
    select * from judged where position = 1
),

sorted as (
    select
        receipts.known_date as business_date,
        receipts.legal_entity_id,
        coalesce(first_rules.rule, 'none') as rule,
        coalesce(first_rules.is_overturned, 0) as is_overturned
    from receipts
    left join first_rules on receipts.receipt_key = first_rules.receipt_key
),

final as (
    select
        business_date,
        legal_entity_id,
        rule,
        cast(count(*) as integer) as receipt_count,
        cast(sum(is_overturned) as integer) as overturned_count
    from sorted
    group by business_date, legal_entity_id, rule
)

select * from final
