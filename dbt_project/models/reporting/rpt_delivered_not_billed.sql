with charges as (
    select * from {{ ref('fct_charges') }} where not is_billed
),

legal_entities as (
    select * from {{ ref('legal_entities') }}
),

customers as (
    select * from {{ ref('dim_customers') }}
),

reasons as (
    select * from {{ ref('reason_codes') }}
),

routing as (
    select * from {{ ref('routing') }}
),

reviews_in_order as (
    select
        billing_key,
        kind,
        reason_code,
        row_number() over (partition by billing_key order by sequence desc) as recency_rank
    from {{ ref('stg_openitem__draft_reviews') }}
),

last_reviews as (
    select * from reviews_in_order where recency_rank = 1
),

comparison_rules as (
    select * from {{ ref('comparison_rules') }} where rule_code = 'NOT_IN_ACCOUNTING'
),

judged as (
    select
        charges.*,
        case
            when charges.status in ('blocked', 'not_drafted') then charges.status
            when last_reviews.kind = 'draft_held' then 'held'
            when last_reviews.kind = 'draft_rejected' then 'rejected'
            when legal_entities.invoicing_mode = 'openitem' then 'waits_for_review'
            else 'waits_for_accounting'
        end as stage,
        case
            when charges.status in ('blocked', 'not_drafted') then charges.reason_code
            when last_reviews.kind in ('draft_held', 'draft_rejected') then last_reviews.reason_code
            when legal_entities.invoicing_mode = 'openitem' then 'WAITS_FOR_REVIEW'
            when {{ dbt.datediff('charges.triggered_date', as_of_date(), 'day') }} < comparison_rules.days then 'WAITS_FOR_ACCOUNTING'
            else 'NOT_INVOICED_IN_ACCOUNTING'
        end as stage_reason_code
    from charges
    cross join comparison_rules
    left join legal_entities on charges.legal_entity_id = legal_entities.legal_entity_id
    left join last_reviews on charges.billing_key = last_reviews.billing_key
),

final as (
    select
        judged.billing_key,
        judged.charge_kind,
        judged.legal_entity_id,
        judged.customer_key,
        customers.customer_name,
        judged.contract_id,
        judged.order_number,
        judged.stage,
        judged.stage_reason_code as reason_code,
        reasons.description as reason,
        coalesce(routing.owner, reasons.owner) as owner,
        judged.currency_code,
        judged.net_amount,
        judged.total_amount,
        cast({{ dbt.datediff('judged.triggered_date', as_of_date(), 'day') }} as integer) as age_days,
        judged.triggered_date
    from judged
    left join customers on judged.customer_key = customers.customer_key
    left join reasons on judged.stage_reason_code = reasons.reason_code
    left join routing on judged.stage_reason_code = routing.reason_code
)

select * from final
