with refused as (
    select *
    from {{ source('generated', 'document_checks') }}
    where refused_because is not null
),

rules as (
    select * from {{ ref('document_rules') }}
),

-- Master data that is wrong breaks several rules at once: the one the others follow from is named.
traced as (
    select
        refused.billing_key,
        refused.rule_ids,
        rules.rule_id,
        rules.reason_code,
        rules.field_name,
        rules.owner,
        rules.order_system,
        rules.order_field,
        rules.contract_system,
        rules.contract_field,
        {{ dbt.split_part('refused.billing_key', "'|'", 1) }} = 'contract' as is_by_contract,
        row_number() over (partition by refused.billing_key order by rules.priority, rules.rule_id) as fault_rank
    from refused
    left join rules on ';' || refused.rule_ids || ';' like '%;' || rules.rule_id || ';%'
),

final as (
    select
        billing_key,
        coalesce(rule_id, {{ dbt.split_part('rule_ids', "';'", 1) }}) as rule_id,
        reason_code,
        field_name,
        owner,
        case
            when rule_id is null then 'openitem'
            when is_by_contract then contract_system
            else order_system
        end as upstream_system,
        case
            when rule_id is null then 'the document itself'
            when is_by_contract then contract_field
            else order_field
        end as upstream_field
    from traced
    where fault_rank = 1
)

select * from final
