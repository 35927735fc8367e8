with document_versions as (
    select
        'quickbooks' as source_system,
        source_document_id,
        total_amount,
        document_date,
        due_date,
        known_date
    from {{ ref('stg_quickbooks__document_versions') }}

    union all

    select
        source_system,
        source_document_id,
        total_amount,
        document_date,
        due_date,
        known_date
    from {{ ref('stg_table__document_versions') }}
),

documents as (
    select * from {{ ref('int_documents_from_sources') }}
    where not is_echo
),

with_contents as (
    select
        *,
        {{ surrogate_key(['total_amount', 'document_date', 'due_date']) }} as contents_key
    from document_versions
),

with_previous as (
    select
        *,
        lag(contents_key) over (partition by source_system, source_document_id order by known_date) as previous_contents_key
    from with_contents
),

-- A document delivered again as it was is no amendment.
changes as (
    select
        *,
        lead(known_date) over (partition by source_system, source_document_id order by known_date) as superseded_date
    from with_previous
    where previous_contents_key is null or contents_key <> previous_contents_key
),

final as (
    select
        {{ surrogate_key(['documents.document_key', 'changes.known_date']) }} as amendment_key,
        documents.document_key,
        changes.total_amount,
        changes.document_date,
        changes.due_date,
        changes.known_date,
        changes.superseded_date
    from changes
    inner join documents
        on
            changes.source_system = documents.source_system
            and changes.source_document_id = documents.source_document_id
    where changes.superseded_date is not null
)

select * from final
