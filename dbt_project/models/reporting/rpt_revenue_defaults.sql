with defaults as (
    select * from {{ ref('revenue_judgements') }}
),

judgements as (
    select
        *,
        row_number() over (partition by subject_key order by effective_date desc, sequence desc) as recency_rank
    from {{ ref('stg_openitem__revenue_judgements') }}
    where kind = 'revenue_default_judgement_set'
),

versions as (
    select * from {{ ref('int_subject_versions') }}
),

final as (
    select
        defaults.charge_kind,
        case when judgements.subject_key is not null then judgements.method else defaults.method end as method,
        case when judgements.subject_key is not null then 'policy_decision' else 'policy' end as judgement_source,
        case when judgements.subject_key is not null then judgements.service_months else defaults.service_months end as service_months,
        cast(coalesce(judgements.held_back_percent, defaults.held_back_percent) as {{ type_quantity() }}) as held_back_percent,
        coalesce(judgements.note, defaults.description) as note,
        judgements.actor as judged_by,
        coalesce(versions.version, 0) as version,
        judgements.effective_date
    from defaults
    left join judgements
        on {{ dbt.concat(["'charge_kind|'", 'defaults.charge_kind']) }} = judgements.subject_key
        and judgements.recency_rank = 1
    left join versions on {{ dbt.concat(["'charge_kind|'", 'defaults.charge_kind']) }} = versions.subject_key
)

select * from final
