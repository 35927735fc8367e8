with documents as (
    select * from {{ ref('int_documents_unioned') }}
),

amendments as (
    select * from {{ ref('int_document_amendments') }}
),

credits as (
    select * from {{ ref('int_credits_applied') }}
),

receipts as (
    select * from {{ ref('int_receipts_identified') }}
),

applications as (
    select * from {{ ref('int_applications_unioned') }}
),

differences as (
    select * from {{ ref('int_differences_cleared') }}
),

cancelled_documents as (
    select * from documents where is_cancelled
),

returned_receipts as (
    select * from receipts where is_returned
),

earlier_versions as (
    select
        amendments.*,
        documents.document_type,
        documents.customer_key,
        documents.legal_entity_id,
        documents.currency_code,
        documents.source_system,
        case when documents.document_type = 'invoice' then amendments.total_amount else -amendments.total_amount end as signed_amount
    from amendments
    inner join documents on amendments.document_key = documents.document_key
),

undone_credits as (
    select * from credits where undone_date is not null
),

-- An application ends once: undone, or with the money that the bank took back, whichever we heard of first.
undone_applications as (
    select * from applications
    where undone_date is not null and (not is_returned or undone_date < returned_known_date)
),

applications_of_returned_receipts as (
    select * from applications
    where is_returned and (undone_date is null or undone_date >= returned_known_date)
),

undone_differences as (
    select * from differences
    where undone_date is not null and (not is_returned or undone_date < returned_known_date)
),

differences_of_returned_receipts as (
    select * from differences
    where is_returned and (undone_date is null or undone_date >= returned_known_date)
),

entries as (
    select
        document_type as entry_kind,
        document_key as subject_key,
        document_key,
        cast(null as {{ dbt.type_string() }}) as receipt_key,
        customer_key,
        legal_entity_id,
        currency_code,
        source_system as source,
        case when document_type = 'invoice' then total_amount else -total_amount end as receivable_amount,
        0 as unapplied_amount,
        document_date as effective_date,
        coalesce(amended_date, known_date) as known_date
    from documents

    union all

    -- An amended document counts in the past as known with the amount and date it had, until we knew of the next.
    select
        case when document_type = 'invoice' then 'invoice_before_amendment' else 'credit_memo_before_amendment' end,
        amendment_key,
        document_key,
        null,
        customer_key,
        legal_entity_id,
        currency_code,
        source_system,
        signed_amount,
        0,
        document_date,
        known_date
    from earlier_versions

    union all

    select
        case when document_type = 'invoice' then 'invoice_amended' else 'credit_memo_amended' end,
        amendment_key,
        document_key,
        null,
        customer_key,
        legal_entity_id,
        currency_code,
        source_system,
        -signed_amount,
        0,
        document_date,
        superseded_date
    from earlier_versions

    union all

    -- What was cancelled or undone never held: it leaves the restated past, and the past as known from the day we knew.
    select
        case when document_type = 'invoice' then 'invoice_cancelled' else 'credit_memo_cancelled' end,
        document_key,
        document_key,
        null,
        customer_key,
        legal_entity_id,
        currency_code,
        source_system,
        case when document_type = 'invoice' then -total_amount else total_amount end,
        0,
        document_date,
        greatest(cancelled_known_date, known_date)
    from cancelled_documents

    union all

    select
        'credit_application',
        credit_memo_key,
        invoice_key,
        null,
        customer_key,
        legal_entity_id,
        currency_code,
        'credit_memo',
        -credited_amount,
        0,
        effective_date,
        known_date
    from credits

    union all

    select
        'credit_used',
        credit_memo_key,
        credit_memo_key,
        null,
        customer_key,
        legal_entity_id,
        currency_code,
        'credit_memo',
        credited_amount,
        0,
        effective_date,
        known_date
    from credits

    union all

    select
        'credit_application_undone',
        credit_memo_key,
        invoice_key,
        null,
        customer_key,
        legal_entity_id,
        currency_code,
        'credit_memo',
        credited_amount,
        0,
        effective_date,
        undone_date
    from undone_credits

    union all

    select
        'credit_used_undone',
        credit_memo_key,
        credit_memo_key,
        null,
        customer_key,
        legal_entity_id,
        currency_code,
        'credit_memo',
        -credited_amount,
        0,
        effective_date,
        undone_date
    from undone_credits

    union all

    select
        'receipt',
        receipt_key,
        null,
        receipt_key,
        customer_key,
        legal_entity_id,
        currency_code,
        source_system,
        0,
        receipt_amount,
        value_date,
        known_date
    from receipts

    union all

    select
        'receipt_returned',
        receipt_key,
        null,
        receipt_key,
        customer_key,
        legal_entity_id,
        currency_code,
        source_system,
        0,
        -receipt_amount,
        greatest(returned_date, value_date),
        greatest(returned_known_date, known_date)
    from returned_receipts

    union all

    select
        'application',
        application_key,
        document_key,
        receipt_key,
        customer_key,
        legal_entity_id,
        currency_code,
        source,
        -applied_amount,
        -applied_amount,
        effective_date,
        known_date
    from applications

    union all

    select
        'application_undone',
        application_key,
        document_key,
        receipt_key,
        customer_key,
        legal_entity_id,
        currency_code,
        source,
        applied_amount,
        applied_amount,
        effective_date,
        greatest(undone_date, known_date)
    from undone_applications

    union all

    select
        'application_returned',
        application_key,
        document_key,
        receipt_key,
        customer_key,
        legal_entity_id,
        currency_code,
        source,
        applied_amount,
        applied_amount,
        greatest(returned_date, effective_date),
        greatest(returned_known_date, known_date)
    from applications_of_returned_receipts

    union all

    select
        entry_kind,
        difference_key,
        document_key,
        receipt_key,
        customer_key,
        legal_entity_id,
        currency_code,
        'difference',
        -difference_amount,
        0,
        effective_date,
        known_date
    from differences

    union all

    select
        {{ dbt.concat(['entry_kind', "'_undone'"]) }},
        difference_key,
        document_key,
        receipt_key,
        customer_key,
        legal_entity_id,
        currency_code,
        'difference',
        difference_amount,
        0,
        effective_date,
        greatest(undone_date, known_date)
    from undone_differences

    union all

    select
        {{ dbt.concat(['entry_kind', "'_returned'"]) }},
        difference_key,
        document_key,
        receipt_key,
        customer_key,
        legal_entity_id,
        currency_code,
        'difference',
        difference_amount,
        0,
        greatest(returned_date, effective_date),
        greatest(returned_known_date, known_date)
    from differences_of_returned_receipts
),

final as (
    select
        {{ surrogate_key(['entry_kind', 'subject_key']) }} as entry_key,
        entry_kind,
        document_key,
        receipt_key,
        customer_key,
        legal_entity_id,
        currency_code,
        source,
        cast(receivable_amount as {{ type_amount() }}) as receivable_amount,
        cast(unapplied_amount as {{ type_amount() }}) as unapplied_amount,
        effective_date,
        known_date
    from entries
)

select * from final
