with source_applications as (
    select * from {{ ref('fct_source_applications') }}
),

decided_applications as (
    select * from {{ ref('stg_openitem__applications') }}
),

undone_decisions as (
    select * from {{ ref('stg_openitem__undone_decisions') }}
),

receipts as (
    select * from {{ ref('fct_receipts') }}
),

documents as (
    select * from {{ ref('int_documents_unioned') }}
),

unioned as (
    select
        application_key,
        receipt_key,
        document_key,
        cast(null as {{ dbt.type_string() }}) as decision_key,
        case when source_system = 'quickbooks' then 'accounting' else 'table' end as source,
        cast(null as {{ dbt.type_string() }}) as rule,
        applied_amount,
        effective_date,
        known_date,
        cast(null as date) as undone_date
    from source_applications

    union all

    select
        {{ surrogate_key(['decided_applications.decision_key', 'decided_applications.application_position']) }} as application_key,
        decided_applications.receipt_key,
        decided_applications.document_key,
        decided_applications.decision_key,
        decided_applications.actor_kind as source,
        decided_applications.rule,
        decided_applications.applied_amount,
        cast(null as date) as effective_date,
        decided_applications.business_date as known_date,
        undone_decisions.undone_date
    from decided_applications
    left join undone_decisions on decided_applications.decision_key = undone_decisions.undone_decision_key
),

-- An application takes effect when money and document are both there, and is known when it is decided.
-- It ends when a person undoes it or its document is cancelled.
dated as (
    select
        unioned.application_key,
        unioned.receipt_key,
        unioned.document_key,
        unioned.decision_key,
        documents.customer_key,
        documents.legal_entity_id,
        receipts.currency_code,
        unioned.source,
        unioned.rule,
        unioned.applied_amount,
        receipts.is_returned,
        greatest(
            coalesce(unioned.effective_date, receipts.value_date),
            receipts.value_date,
            documents.document_date
        ) as effective_date,
        greatest(unioned.known_date, receipts.known_date, documents.known_date) as known_date,
        case
            when documents.is_cancelled
                then least(coalesce(unioned.undone_date, documents.cancelled_known_date), documents.cancelled_known_date)
            else unioned.undone_date
        end as undone_date,
        receipts.returned_date,
        receipts.returned_known_date
    from unioned
    inner join receipts on unioned.receipt_key = receipts.receipt_key
    inner join documents on unioned.document_key = documents.document_key
),

final as (
    select
        *,
        undone_date is null and not is_returned as is_live
    from dated
)

select * from final
