with rejections as (
    select * from {{ ref('fct_invoice_rejections') }}
),

matched as (
    select * from {{ ref('int_objections_matched_to_invoices') }}
    where objection_kind = 'rejection'
),

invoices as (
    select * from {{ ref('fct_invoices') }}
),

reasons as (
    select * from {{ ref('reason_codes') }}
),

causes as (
    select * from {{ ref('rejection_causes') }}
),

-- What the walk traced the rejection to, on the day it was decided: the exception names the newest reason of its invoice.
exceptions as (
    select
        subject_key as document_key,
        {{ json_text('context', 'reason') }} as reason_code,
        upstream_system,
        upstream_field,
        row_number() over (
            partition by subject_key, {{ json_text('context', 'reason') }}
            order by business_date desc, exception_key asc
        ) as recency_rank
    from {{ source('generated', 'exceptions') }}
    where
        business_date <= {{ as_of_date() }}
        and reason_code = 'INVOICE_REJECTED'
        and status = 'opened'
        and upstream_system is not null
),

final as (
    select
        rejections.rejection_key,
        rejections.response_id,
        matched.document_key,
        matched.legal_entity_id,
        rejections.document_number,
        rejections.rejection_status,
        rejections.reason_code,
        reasons.description as reason_description,
        coalesce(rejections.field_name, exceptions.upstream_field, reasons.upstream_field, 'not stated') as field_name,
        case when exceptions.document_key is null then reasons.upstream_system else exceptions.upstream_system end as upstream_system,
        case when exceptions.document_key is null then reasons.upstream_field else exceptions.upstream_field end as upstream_field,
        case when causes.reason_code is null then reasons.owner else 'finance' end as owner,
        causes.reason_code is not null as is_fault_of_accounting,
        exceptions.document_key is not null as is_traced,
        matched.fitting_count,
        rejections.responded_date
    from rejections
    inner join matched on rejections.rejection_key = matched.objection_key
    inner join invoices on matched.document_key = invoices.document_key
    left join reasons on rejections.reason_code = reasons.reason_code
    left join exceptions
        on
            matched.document_key = exceptions.document_key
            and rejections.reason_code = exceptions.reason_code
            and exceptions.recency_rank = 1
    left join causes
        on
            rejections.reason_code = causes.reason_code
            and exceptions.upstream_field = causes.accounting_field
            and exceptions.upstream_system = invoices.source_system
)

select * from final
