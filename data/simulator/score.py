"""How what the chain decided compares with the truth that the simulator kept apart."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb

HUNDRED = Decimal(100)


def _connect(home: Path) -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect(str(home / "warehouse.duckdb"), read_only=True)
    for path in sorted((home / "truth").glob("*.parquet")):
        name = str(path).replace("'", "''")
        connection.execute(f"create temp view {path.stem} as select * from read_parquet('{name}')")
    return connection


def _percent(part: Any, whole: Any) -> Decimal:
    if not whole:
        return Decimal(0)
    return (HUNDRED * Decimal(part) / Decimal(whole)).quantize(Decimal("0.01"))


APPLIED = """
with banked as (
    select receipt_id, amount, currency_code, must_not_apply
    from truth_receipts
    where not is_unbanked and returned_date is null
),

decided as (
    select
        receipts.receipt_id,
        list(
            documents.document_number || ' ' || applications.applied_amount order by documents.document_number
        ) as found
    from receivables.fct_applications as applications
    join marts.fct_receipts as receipts using (receipt_key)
    join marts.fct_invoices as documents using (document_key)
    where applications.source = 'rule'
    group by receipts.receipt_id
),

meant as (
    select receipt_id, list(document_number || ' ' || applied_amount order by document_number) as expected
    from truth_applications
    group by receipt_id
)

select
    count(*) as receipts,
    count(found) as applied,
    count(*) filter (where found = expected and not must_not_apply) as right_ones,
    sum(amount) as amount,
    coalesce(sum(amount) filter (where found is not null), 0) as applied_amount,
    coalesce(sum(amount) filter (where found = expected and not must_not_apply), 0) as right_amount,
    count(found) filter (where must_not_apply) as applied_but_must_not
from banked
left join decided using (receipt_id)
left join meant using (receipt_id)
"""


def score_matches(home: Path) -> dict[str, Any]:
    """Return rate and precision of what rules applied, by receipt and by value (in mixed currencies, as printed).

    A receipt is right when its documents and amounts are exactly those the payer meant.
    """
    with _connect(home) as connection:
        cursor = connection.execute(APPLIED)
        names = [column[0] for column in cursor.description]
        found = dict(zip(names, cursor.fetchall()[0], strict=True))
    return {
        "receipts": found["receipts"],
        "applied": found["applied"],
        "right": found["right_ones"],
        "wrong": found["applied"] - found["right_ones"],
        "applied_but_must_not": found["applied_but_must_not"],
        "rate_by_receipt": _percent(found["applied"], found["receipts"]),
        "rate_by_value": _percent(found["applied_amount"], found["amount"]),
        "precision_by_receipt": _percent(found["right_ones"], found["applied"]),
        "precision_by_value": _percent(found["right_amount"], found["applied_amount"]),
    }


# Each comparison returns one row: what stands only on one side, counted, and how many were compared.
# A draft that a fault stopped again later was a draft; one whose trigger is gone for good never should have been.
COMPARISONS: dict[str, str] = {
    "drafts": """
        with in_order as (
            select
                *,
                row_number() over (
                    partition by billing_key, status = 'drafted' order by business_date desc, drafting_number desc
                ) as recency,
                last(status) over (
                    partition by billing_key order by business_date, drafting_number
                    rows between unbounded preceding and unbounded following
                ) as last_status
            from generated.invoice_drafts
        ), ours as (
            select billing_key, currency_code, total_amount from in_order
            where status = 'drafted' and recency = 1 and last_status <> 'withdrawn'
        ), theirs as (
            select
                subject as billing_key, split_part(detail, ' ', 2) as currency_code,
                cast(split_part(detail, ' ', 1) as decimal(18, 3)) as total_amount
            from truth_events where event = 'draft_possible'
        )
        select (select count(*) from ours),
            (select count(*) from (select * from ours except all select * from theirs)
                union all select count(*) from (select * from theirs except all select * from ours)
                order by 1 desc limit 1)
    """,
    "invoices": """
        with ours as (
            select document_number, legal_entity_id, currency_code, total_amount, tax_amount
            from marts.fct_invoices where not is_cancelled
        ), theirs as (
            select document_number, legal_entity_id, currency_code, total_amount, tax_amount from truth_invoices
        )
        select (select count(*) from ours),
            (select count(*) from (select * from ours except all select * from theirs)
                union all select count(*) from (select * from theirs except all select * from ours)
                order by 1 desc limit 1)
    """,
    "charges billed": """
        with ours as (
            select billing_key, document_number, legal_entity_id, currency_code, net_amount
            from marts.fct_invoice_charges where issued_by = 'openitem' and not is_cancelled
        ), theirs as (
            select billing_key, document_number, legal_entity_id, currency_code, net_amount from truth_invoice_charges
        )
        select (select count(*) from ours),
            (select count(*) from (select * from ours except all select * from theirs)
                union all select count(*) from (select * from theirs except all select * from ours)
                order by 1 desc limit 1)
    """,
    "credit memos": """
        with ours as (
            select document_number, legal_entity_id, currency_code, total_amount from marts.fct_credit_memos
        ), theirs as (
            select document_number, legal_entity_id, currency_code, total_amount from truth_credit_memos
        )
        select (select count(*) from ours),
            (select count(*) from (select * from ours except all select * from theirs)
                union all select count(*) from (select * from theirs except all select * from ours)
                order by 1 desc limit 1)
    """,
    "receipts": """
        with ours as (select receipt_id, currency_code, receipt_amount, is_unbanked from marts.fct_receipts),
        theirs as (select receipt_id, currency_code, amount, is_unbanked from truth_receipts)
        select (select count(*) from ours),
            (select count(*) from (select * from ours except all select * from theirs)
                union all select count(*) from (select * from theirs except all select * from ours)
                order by 1 desc limit 1)
    """,
    "net receivables per entity and currency": """
        with ours as (
            select legal_entity_id, currency_code, sum(receivable_amount) - sum(unapplied_amount) as net_amount
            from receivables.fct_ledger_entries group by all
        ), theirs as (select legal_entity_id, currency_code, receivable_amount as net_amount from truth_balances)
        select (select count(*) from theirs),
            (select count(*) from theirs left join ours using (legal_entity_id, currency_code)
                where ours.net_amount is distinct from theirs.net_amount)
    """,
    "open items": """
        with taken as (
            select distinct receipts.receipt_id from receivables.fct_applications
            join marts.fct_receipts as receipts using (receipt_key)
        ), theirs as (
            select
                invoices.document_number, invoices.legal_entity_id, invoices.currency_code,
                invoices.total_amount - coalesce((
                    select sum(memos.total_amount) from truth_credit_memos as memos
                    where memos.is_linked and memos.credits_document_number = invoices.document_number
                ), 0) - coalesce((
                    select sum(meant.applied_amount) from truth_applications as meant
                    join truth_receipts as receipts using (receipt_id)
                    where meant.document_number = invoices.document_number and receipts.returned_date is null
                        and receipts.receipt_id in (select receipt_id from taken)
                ), 0) as open_amount
            from truth_invoices as invoices
        ), ours as (
            select document_number, legal_entity_id, currency_code, open_amount
            from receivables.fct_open_items where document_type = 'invoice'
        )
        select (select count(*) from ours),
            (select count(*) from theirs full join ours using (document_number, legal_entity_id, currency_code)
                where coalesce(theirs.open_amount, 0) <> coalesce(ours.open_amount, 0))
    """,
}


def compare_totals(home: Path) -> list[dict[str, Any]]:
    """Return for each kind of document how many were compared and how many differ from the truth, to the cent.

    Open items are compared as the books can know them: what was applied here, right or wrong, is taken off.
    """
    compared = []
    with _connect(home) as connection:
        for what, sql in COMPARISONS.items():
            found, differing = connection.execute(sql).fetchall()[0]
            compared.append({"what": what, "found": found, "differing": differing, "equal": differing == 0})
    return compared
