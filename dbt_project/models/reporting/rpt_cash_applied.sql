with applications as (
    select * from {{ ref('fct_applications') }}
),

receipts as (
    select * from {{ ref('fct_receipts') }}
),

documents as (
    select * from {{ ref('int_documents_unioned') }}
),

customers as (
    select * from {{ ref('dim_customers') }}
),

versions as (
    select * from {{ ref('int_subject_versions') }}
),

ranked_matches as (
    select
        *,
        row_number() over (partition by receipt_key, document_key order by rank) as position
    from {{ ref('int_cash_matches_latest') }}
    where document_key is not null
),

-- What the rules last knew about this receipt and document: why they applied or proposed it.
explained as (
    select * from ranked_matches where position = 1
),

final as (
    select
        applications.application_key,
        applications.receipt_key,
        receipts.receipt_id,
        receipts.legal_entity_id,
        receipts.payer_name,
        receipts.payer_account,
        receipts.remittance_text,
        documents.customer_key,
        customers.customer_name,
        applications.document_key,
        documents.document_number,
        applications.currency_code,
        receipts.receipt_amount,
        applications.applied_amount,
        applications.rule,
        applications.source as actor_kind,
        applications.decision_key,
        explained.confidence,
        explained.solution_count,
        explained.evidence,
        coalesce(versions.version, 0) as version,
        receipts.value_date,
        applications.known_date as applied_date
    from applications
    inner join receipts on applications.receipt_key = receipts.receipt_key
    inner join documents on applications.document_key = documents.document_key
    left join customers on documents.customer_key = customers.customer_key
    left join explained
        on applications.receipt_key = explained.receipt_key and applications.document_key = explained.document_key
    left join versions on applications.receipt_key = versions.subject_key
)

select * from final
