with applications as (
    select * from {{ ref('fct_applications') }}
),

receipts as (
    select * from {{ ref('fct_receipts') }}
),

documents as (
    select * from {{ ref('int_documents_unioned') }}
),

versions as (
    select * from {{ ref('int_subject_versions') }}
),

final as (
    select
        applications.application_key,
        applications.receipt_key,
        receipts.receipt_id,
        receipts.payer_name,
        applications.document_key,
        documents.document_number,
        applications.currency_code,
        applications.applied_amount,
        applications.rule,
        applications.source as actor_kind,
        applications.decision_key,
        coalesce(versions.version, 0) as version,
        receipts.value_date,
        applications.known_date as applied_date
    from applications
    inner join receipts on applications.receipt_key = receipts.receipt_key
    inner join documents on applications.document_key = documents.document_key
    left join versions on applications.receipt_key = versions.subject_key
)

select * from final
