"""Recorded decisions as rows of the generated tables; what is only a view is made by its own room."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from assets.close.revenue import revenue_rows
from assets.ledger.day import DayState
from assets.ledger.decision import Decision, canonical_json

Row = dict[str, Any]


def rows_of(decision: Decision, state: DayState) -> Iterator[tuple[str, Row]]:
    """Yield (table, row) for a recorded decision; none for decisions that no generated table shows."""
    writer = _WRITERS.get(decision.kind)
    if writer is not None:
        yield from writer(decision, state)


def _amount(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)


def _order_checked(decision: Decision, state: DayState) -> Iterator[tuple[str, Row]]:
    shared = {
        "business_date": decision.business_date,
        "order_key": decision.subject_key,
        "order_number": decision.payload["order_number"],
    }
    if not decision.payload["failures"]:
        yield "order_checks", shared | {"check_code": "ALL", "result": "pass", "evidence": "{}"}
    for failure in decision.payload["failures"]:
        yield (
            "order_checks",
            shared
            | {
                "check_code": failure["check_code"],
                "result": "fail",
                "reason_code": failure["reason_code"],
                "field_name": failure["field_name"],
                "owner": failure["owner"],
                "evidence": canonical_json(failure["evidence"]),
            },
        )


def _credit_decided(decision: Decision, state: DayState) -> Iterator[tuple[str, Row]]:
    payload = decision.payload
    yield (
        "credit_decisions",
        {
            "business_date": decision.business_date,
            "order_key": decision.subject_key,
            "order_number": payload["order_number"],
            "customer_key": payload["customer_key"],
            "verdict": payload["verdict"],
            "reason_code": payload["reason_code"],
            "credit_exposure_amount": _amount(payload["credit_exposure_amount"]),
            "credit_limit_amount": _amount(payload["credit_limit_amount"]),
            "overdue_amount": _amount(payload["overdue_amount"]),
            "order_amount": _amount(payload["order_amount"]),
            "currency_code": payload["currency_code"],
            "evidence": canonical_json(decision.evidence),
        },
    )


def _draft_made(decision: Decision, state: DayState) -> Iterator[tuple[str, Row]]:
    payload = decision.payload
    trigger_at = datetime.fromisoformat(payload["trigger_at"])
    yield (
        "invoice_drafts",
        {
            "business_date": decision.business_date,
            "billing_key": decision.subject_key,
            "drafting_number": payload["drafting_number"],
            "charge_kind": payload["charge_kind"],
            "legal_entity_id": payload["legal_entity_id"],
            "customer_key": payload["customer_key"],
            "contract_id": payload["contract_id"],
            "order_number": payload["order_number"],
            "currency_code": payload["currency_code"],
            "net_amount": _amount(payload["net_amount"]),
            "tax_amount": _amount(payload["tax_amount"]),
            "total_amount": _amount(payload["total_amount"]),
            "terms_code": payload["terms_code"],
            "purchase_order_number": payload["purchase_order_number"],
            "due_days": payload.get("due_days"),
            "tax_code": payload["tax_code"],
            "tax_rate": _amount(payload.get("tax_rate")),
            "tax_category": payload.get("tax_category"),
            "tax_exemption_code": payload.get("tax_exemption_code"),
            "tax_exemption_reason": payload.get("tax_exemption_reason"),
            "buyer_reference": payload.get("buyer_reference"),
            "document_format": payload.get("document_format"),
            "trigger_at": trigger_at.astimezone(UTC).replace(tzinfo=None) if trigger_at.tzinfo else trigger_at,
            "triggered_date": date.fromisoformat(payload["triggered_date"]),
            "status": {"draft_blocked": "blocked", "draft_withdrawn": "withdrawn"}.get(decision.kind, "drafted"),
            "reason_code": decision.reason_code,
            "lines": canonical_json(payload["lines"]),
            "evidence": canonical_json(decision.evidence),
        },
    )


def _comparison_made(decision: Decision, state: DayState) -> Iterator[tuple[str, Row]]:
    payload = decision.payload
    yield (
        "draft_comparisons",
        {
            "business_date": decision.business_date,
            "billing_key": decision.subject_key,
            "document_key": payload["document_key"],
            "document_number": payload["document_number"],
            "verdict": payload["verdict"],
            "drafted_amount": _amount(payload["drafted_amount"]),
            "issued_amount": _amount(payload["issued_amount"]),
            "difference_amount": _amount(payload["difference_amount"]),
            "reason_code": payload["reason_code"],
        },
    )


def _cash_applied(decision: Decision, state: DayState) -> Iterator[tuple[str, Row]]:
    payload = decision.payload
    for application in payload["applications"]:
        yield (
            "cash_matches",
            {
                "business_date": decision.business_date,
                "receipt_key": decision.subject_key,
                "rank": 1,
                "outcome": "auto_applied",
                "rule": payload["rule"],
                "customer_key": payload["customer_key"],
                "document_key": application["document_key"],
                "document_number": application["document_number"],
                "applied_amount": _amount(application["applied_amount"]),
                "unapplied_amount": _amount(payload["unapplied_amount"]),
                "currency_code": payload["currency_code"],
                "confidence": _amount(payload.get("confidence")),
                "solution_count": payload.get("solution_count", 1),
                "reason_code": decision.reason_code,
                "evidence": canonical_json(decision.evidence),
            },
        )


def _exception_changed(decision: Decision, state: DayState) -> Iterator[tuple[str, Row]]:
    payload = decision.payload
    yield (
        "exceptions",
        {
            "business_date": decision.business_date,
            "exception_key": decision.subject_key,
            "subject_kind": payload["subject_kind"],
            "subject_key": payload["subject_key"],
            "subject_label": payload["subject_label"],
            "reason_code": decision.reason_code,
            "owner": payload["owner"],
            "status": "opened" if decision.kind == "exception_opened" else "resolved",
            "amount": _amount(payload["amount"]),
            "currency_code": payload["currency_code"],
            "opened_date": date.fromisoformat(payload["opened_date"]),
            "upstream_system": payload["upstream_system"],
            "upstream_field": payload["upstream_field"],
            "context": canonical_json(payload["context"]),
        },
    )


_WRITERS: dict[str, Callable[[Decision, DayState], Iterator[tuple[str, Row]]]] = {
    "order_checked": _order_checked,
    "credit_decided": _credit_decided,
    "draft_created": _draft_made,
    "draft_blocked": _draft_made,
    "draft_withdrawn": _draft_made,
    "comparison_made": _comparison_made,
    "cash_applied": _cash_applied,
    "revenue_recognised": revenue_rows,
    "exception_opened": _exception_changed,
    "exception_resolved": _exception_changed,
}
