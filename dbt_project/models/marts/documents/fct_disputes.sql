with disputes as (
    select
        *,
        min(known_at) over (partition by dispute_id) as first_known_at,
        min(case when dispute_status = 'resolved' then known_date end) over (partition by dispute_id) as first_resolved_known_date
    from {{ ref('stg_messages__disputes') }}
),

documents as (
    select
        document_number,
        min(ledger_document_key) as document_key,
        min(customer_key) as customer_key
    from {{ ref('int_documents_from_sources') }}
    group by document_number
    having min(ledger_document_key) = max(ledger_document_key)
),

final as (
    select
        {{ surrogate_key(['disputes.dispute_id']) }} as dispute_key,
        disputes.dispute_id,
        disputes.document_number,
        documents.document_key,
        documents.customer_key,
        disputes.reason as reason_code,
        disputes.disputed_amount,
        disputes.currency_code,
        disputes.opened_date,
        case when disputes.dispute_status = 'resolved' then disputes.resolved_date end as resolved_date,
        disputes.dispute_status as status,
        disputes.outcome,
        disputes.customer_email,
        cast(disputes.first_known_at as timestamp) as known_at,
        cast(disputes.first_known_at as date) as known_date,
        case when disputes.dispute_status = 'resolved' then disputes.first_resolved_known_date end as resolved_known_date
    from disputes
    left join documents on disputes.document_number = documents.document_number
    where disputes.is_last_version
)

select * from final
