"""Drafts and rejections against the truth: there in time, traced to their field, prevented, stopped for nothing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb

TRACED = """
with opened as (
    select
        subject_label as document_number,
        upstream_system,
        upstream_field,
        row_number() over (partition by subject_label order by business_date desc) as recency
    from generated.exceptions
    where reason_code = 'INVOICE_REJECTED' and status = 'opened'
)

select
    count(*) as rejections,
    count(*) filter (
        where opened.upstream_system = truth.upstream_system and opened.upstream_field = truth.upstream_field
    ) as traced,
    list(
        truth.document_number || ' ' || truth.reason_code || ': ' || truth.upstream_system || '.'
            || truth.upstream_field || ' but ' || coalesce(opened.upstream_system, 'nothing') || '.'
            || coalesce(opened.upstream_field, 'nothing')
    ) filter (
        where opened.upstream_system is distinct from truth.upstream_system
            or opened.upstream_field is distinct from truth.upstream_field
    ) as wrong
from truth_rejections as truth
left join opened on truth.document_number = opened.document_number and opened.recency = 1
"""

# What a person reads: the rejections page and the table of causes beside it.
SHOWN = """
with causes_meant as (
    select reason_code, upstream_system, upstream_field, cast(count(distinct document_number) as integer) as found
    from truth_rejections
    group by all
),

causes_shown as (
    select reason_code, upstream_system, upstream_field, cast(sum(invoice_count) as integer) as found
    from reporting.rpt_rejection_causes
    group by all
)

select
    (select count(*) from reporting.rpt_rejected_invoices) as rows_shown,
    count(*) filter (
        where shown.upstream_system = truth.upstream_system and shown.upstream_field = truth.upstream_field
            and shown.reason_code = truth.reason_code and shown.document_number = truth.document_number
    ) as shown_right,
    (
        select count(*) from (
            (select * from causes_meant except all select * from causes_shown)
            union all
            (select * from causes_shown except all select * from causes_meant)
        )
    ) as causes_differing,
    (select count(*) from causes_meant) as causes
from truth_rejections as truth
left join reporting.rpt_rejected_invoices as shown
    on md5(truth.response_id) = shown.rejection_key and truth.legal_entity_id = shown.legal_entity_id
"""

# A draft was stopped while it failed a check that prevents this rejection.
STOPPED = """
stopped as (
    select
        drafts.billing_key,
        drafts.business_date,
        checks.prevents
    from generated.invoice_drafts as drafts
    cross join unnest(cast(json_extract_string(drafts.evidence, '$.failures[*]') as varchar[])) as failed(reason_code)
    inner join policy.draft_checks as checks on failed.reason_code = checks.reason_code
    where drafts.status = 'blocked' and checks.prevents is not null
)
"""

PREVENTED = f"""
with {STOPPED}

select
    count(*) filter (where truth.is_preventable) as preventable,
    count(*) filter (
        where truth.is_preventable and exists (
            select 1 from stopped
            where stopped.billing_key = truth.billing_key
                and stopped.prevents = truth.reason_code
                and stopped.business_date <= truth.known_date
        )
    ) as prevented,
    count(*) as rejections
from truth_rejections as truth
"""

FALSE_ALARMS = f"""
with {STOPPED}

select
    (select count(distinct billing_key) from generated.invoice_drafts) as charges,
    (select count(distinct billing_key) from stopped) as stopped_charges,
    count(distinct billing_key) as false_alarms,
    list(distinct billing_key || ' ' || prevents) as wrong
from stopped
where not exists (
    select 1 from truth_defects as truth
    where truth.billing_key = stopped.billing_key
        and truth.reason_code = stopped.prevents
        and (truth.seen_from is null or truth.seen_from <= stopped.business_date)
        and (truth.seen_until is null or truth.seen_until > stopped.business_date)
)
"""

KEPT_BACK = f"""
with {STOPPED}

select
    count(distinct invoices.billing_key) as issued_here,
    count(distinct stopped.billing_key) filter (where entities.invoicing_mode = 'openitem') as kept_back,
    (
        select count(*) from truth_rejections as truth
        where truth.legal_entity_id in (
            select legal_entity_id from policy.legal_entities where invoicing_mode = 'openitem'
        )
            and truth.is_preventable
    ) as preventable_rejections_of_ours
from marts.fct_invoices as invoices
full join stopped on invoices.billing_key = stopped.billing_key
left join generated.invoice_drafts as drafts on stopped.billing_key = drafts.billing_key
left join policy.legal_entities as entities on drafts.legal_entity_id = entities.legal_entity_id
where invoices.billing_key is null or invoices.issued_by = 'openitem'
"""

PARKED = """
select
    count(distinct billing_key) filter (where status <> 'withdrawn') as charges,
    (
        select count(distinct subject_key) from staging.stg_openitem__decisions
        where kind = 'draft_held' and actor = 'guard'
    ) as parked
from generated.invoice_drafts
"""

TRIGGER_TO_DRAFT = """
select
    clear.charge_count as clear,
    clear.trigger_to_reviewable_hours_p50 as clear_p50,
    clear.trigger_to_reviewable_hours_p95 as clear_p95,
    blocked.charge_count as blocked,
    blocked.still_blocked_count as still_blocked,
    blocked.trigger_to_reviewable_hours_p95 as blocked_p95,
    every.charge_count as charges,
    every.trigger_to_draft_hours_p50 as decided_p50,
    every.trigger_to_draft_hours_p95 as decided_p95,
    every.trigger_to_reviewable_hours_p50 as reviewable_p50,
    every.trigger_to_reviewable_hours_p95 as reviewable_p95,
    (
        select quantile_disc(trigger_to_reviewable_hours, 0.95) from reporting.rpt_draft_times
        where is_measured and was_blocked and legal_entity_id is not null
    ) as mended_p95
from reporting.rpt_draft_delays as every
inner join reporting.rpt_draft_delays as clear
    on clear.legal_entity_id = 'all' and clear.charge_group = 'nothing_wrong'
left join reporting.rpt_draft_delays as blocked
    on blocked.legal_entity_id = 'all' and blocked.charge_group = 'blocked_by_a_fault'
where every.legal_entity_id = 'all' and every.charge_group = 'every_charge'
"""

# Both ways: what the truth says could be billed and nobody drafted, and what was drafted beyond it. A draft that a
# fault stopped again later was a draft; one whose trigger is gone for good never should have been.
DRAFTS = """
with in_order as (
    select
        *,
        row_number() over (
            partition by billing_key, status = 'drafted' order by business_date desc, drafting_number desc
        ) as recency,
        last(status) over (
            partition by billing_key order by business_date, drafting_number
            rows between unbounded preceding and unbounded following
        ) as last_status,
        min(case when status = 'drafted' then business_date end) over (partition by billing_key) as first_date
    from generated.invoice_drafts
),

ours as (
    select billing_key, total_amount, currency_code, first_date
    from in_order
    where status = 'drafted' and recency = 1 and last_status <> 'withdrawn'
),

theirs as (
    select subject as billing_key, event_date, detail from truth_events where event = 'draft_possible'
)

select
    count(theirs.billing_key) as should_be,
    count(ours.billing_key) as drafted,
    count(*) filter (where ours.billing_key is null) as missing,
    count(*) filter (where theirs.billing_key is null) as beyond,
    count(*) filter (
        where ours.billing_key = theirs.billing_key
            and cast(ours.total_amount as decimal(18, 2)) || ' ' || ours.currency_code <> theirs.detail
    ) as other_amount,
    count(*) filter (
        where ours.billing_key = theirs.billing_key and ours.first_date <> theirs.event_date
    ) as other_day
from ours
full join theirs on ours.billing_key = theirs.billing_key
"""


def measured(home: Path, sql: str) -> dict[str, Any]:
    """Return the one row of a question about a home and its truth."""
    with duckdb.connect(str(home / "warehouse.duckdb"), read_only=True) as connection:
        for path in sorted((home / "truth").glob("*.parquet")):
            name = str(path).replace("'", "''")
            connection.execute(f"create temp view {path.stem} as select * from read_parquet('{name}')")
        cursor = connection.execute(sql)
        names = [column[0] for column in cursor.description]
        return dict(zip(names, cursor.fetchall()[0], strict=True))
