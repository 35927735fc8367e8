with messages as (
    select
        *,
        min(known_at) over (partition by dispute_id) as first_known_at,
        min(case when dispute_status = 'resolved' then known_date end) over (partition by dispute_id) as first_resolved_known_date
    from {{ ref('stg_messages__disputes') }}
),

responses as (
    select * from {{ ref('fct_invoice_responses') }}
    where document_number is not null
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

contested as (
    select * from responses
    where state = 'disputed'
),

-- What a buyer contested over a network is settled when the same document is accepted or paid there afterwards.
settlements as (
    select
        contested.response_key,
        responses.state as outcome,
        responses.responded_date,
        responses.known_date,
        row_number() over (partition by contested.response_key order by responses.known_at, responses.responded_at, responses.response_key) as place
    from contested
    inner join responses
        on
            contested.network = responses.network
            and contested.document_number = responses.document_number
            and coalesce(contested.document_date = responses.document_date, true)
            and coalesce(contested.legal_entity_id = responses.legal_entity_id, true)
    where
        responses.state in ('accepted', 'paid')
        and (
            responses.responded_at > contested.responded_at
            -- An answer may name its day alone: of two on one day the later is the one that became known later.
            or (responses.responded_at = contested.responded_at and responses.known_at > contested.known_at)
        )
),

disputes as (
    select
        dispute_id,
        cast(null as {{ dbt.type_string() }}) as network,
        cast(null as {{ dbt.type_string() }}) as legal_entity_id,
        document_number,
        cast(null as date) as document_date,
        reason as reason_code,
        disputed_amount,
        currency_code,
        opened_date,
        case when dispute_status = 'resolved' then resolved_date end as resolved_date,
        dispute_status as status,
        outcome,
        customer_email,
        cast(first_known_at as timestamp) as known_at,
        cast(first_known_at as date) as known_date,
        case when dispute_status = 'resolved' then first_resolved_known_date end as resolved_known_date
    from messages
    where is_last_version

    union all

    select
        contested.response_id as dispute_id,
        contested.network,
        contested.legal_entity_id,
        contested.document_number,
        contested.document_date,
        contested.reason_code,
        cast(null as {{ type_amount() }}) as disputed_amount,
        cast(null as {{ dbt.type_string() }}) as currency_code,
        contested.responded_date as opened_date,
        settlements.responded_date as resolved_date,
        case when settlements.response_key is null then 'open' else 'resolved' end as status,
        settlements.outcome,
        cast(null as {{ dbt.type_string() }}) as customer_email,
        contested.known_at,
        contested.known_date,
        settlements.known_date as resolved_known_date
    from contested
    left join settlements on contested.response_key = settlements.response_key and settlements.place = 1
),

final as (
    select
        {{ surrogate_key(['disputes.dispute_id']) }} as dispute_key,
        disputes.dispute_id,
        disputes.network,
        disputes.legal_entity_id,
        disputes.document_number,
        disputes.document_date,
        documents.document_key,
        documents.customer_key,
        disputes.reason_code,
        disputes.disputed_amount,
        disputes.currency_code,
        disputes.opened_date,
        disputes.resolved_date,
        disputes.status,
        disputes.outcome,
        disputes.customer_email,
        disputes.known_at,
        disputes.known_date,
        disputes.resolved_known_date
    from disputes
    left join documents on disputes.document_number = documents.document_number
)

select * from final
