"""Rejections against the truth: traced to their field, prevented beforehand, and what was stopped for nothing."""

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
    count(*) as drafts,
    quantile_disc(trigger_to_draft_hours, 0.5) as p50,
    quantile_disc(trigger_to_draft_hours, 0.95) as p95
from reporting.rpt_draft_times
where legal_entity_id is not null and is_measured
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
