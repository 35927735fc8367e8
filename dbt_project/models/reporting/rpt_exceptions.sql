with events as (
    select *
    from {{ source('generated', 'exceptions') }}
    where business_date <= {{ as_of_date() }}
),

actions as (
    select * from {{ ref('stg_openitem__exception_actions') }}
),

reasons as (
    select * from {{ ref('reason_codes') }}
),

versions as (
    select * from {{ ref('int_subject_versions') }}
),

routing as (
    select * from {{ ref('routing') }}
),

drafts_to_review as (
    select * from {{ ref('rpt_invoices_to_review') }}
),

charges as (
    select * from {{ ref('int_charges_latest') }}
),

refusals as (
    select * from {{ ref('int_refused_drafts_traced') }}
),

-- An exception opened and resolved on one day is resolved: 'resolved' sorts after 'opened'.
events_in_order as (
    select
        events.*,
        row_number() over (partition by exception_key order by business_date desc, status desc) as recency_rank
    from events
),

-- What the rules of EN 16931 say of a waiting draft is known when a run ends, after its days are decided: such a draft is in
-- the queue as long as they refuse it.
refused_drafts as (
    select
        {{ surrogate_key(["'charge'", 'drafts_to_review.billing_key', 'drafts_to_review.reason_code']) }} as exception_key,
        'charge' as subject_kind,
        drafts_to_review.billing_key as subject_key,
        coalesce(drafts_to_review.order_number, drafts_to_review.contract_id, drafts_to_review.billing_key) as subject_label,
        drafts_to_review.reason_code,
        coalesce(refusals.owner, routing.owner) as owner,
        refusals.upstream_system,
        refusals.upstream_field,
        '{'
        || coalesce('"rule":"' || refusals.rule_id || '",', '')
        || coalesce('"field_at_fault":"' || refusals.field_name || '",', '')
        || coalesce('"what_is_wrong":"' || refusals.reason_code || '",', '')
        || '"refused_because":"' || replace(replace(replace(drafts_to_review.refused_because, chr(92), ' '), chr(34), ' '), chr(10), ' ') || '"}' as context,
        drafts_to_review.total_amount as amount,
        drafts_to_review.currency_code,
        charges.business_date as opened_date
    from drafts_to_review
    inner join charges on drafts_to_review.billing_key = charges.billing_key
    left join refusals on drafts_to_review.billing_key = refusals.billing_key
    left join routing on drafts_to_review.reason_code = routing.reason_code
    where drafts_to_review.reason_code = 'DOCUMENT_REFUSED'
),

open_exceptions as (
    select
        exception_key,
        subject_kind,
        subject_key,
        subject_label,
        reason_code,
        owner,
        upstream_system,
        upstream_field,
        context,
        amount,
        currency_code,
        opened_date
    from events_in_order
    where recency_rank = 1 and status = 'opened'

    union all

    select * from refused_drafts
),

actions_in_order as (
    select
        actions.*,
        row_number() over (partition by exception_key, kind order by sequence desc) as recency_rank
    from actions
),

assignments as (
    select * from actions_in_order where kind = 'exception_assigned' and recency_rank = 1
),

closings as (
    select * from actions_in_order where kind = 'exception_closed' and recency_rank = 1
),

final as (
    select
        open_exceptions.exception_key,
        open_exceptions.subject_kind,
        open_exceptions.subject_key,
        open_exceptions.subject_label,
        open_exceptions.reason_code,
        coalesce(reasons.description, open_exceptions.reason_code) as reason_description,
        coalesce(assignments.owner, open_exceptions.owner) as owner,
        coalesce(open_exceptions.upstream_system, reasons.upstream_system) as upstream_system,
        coalesce(open_exceptions.upstream_field, reasons.upstream_field) as upstream_field,
        open_exceptions.context,
        open_exceptions.amount,
        open_exceptions.currency_code,
        cast({{ dbt.datediff('open_exceptions.opened_date', as_of_date(), 'day') }} as integer) as age_days,
        coalesce(versions.version, 0) as version,
        open_exceptions.opened_date
    from open_exceptions
    left join reasons on open_exceptions.reason_code = reasons.reason_code
    left join assignments on open_exceptions.exception_key = assignments.exception_key
    left join closings
        on
            open_exceptions.exception_key = closings.exception_key
            and closings.business_date >= open_exceptions.opened_date
    left join versions on open_exceptions.exception_key = versions.subject_key
    where closings.exception_key is null
)

select * from final
