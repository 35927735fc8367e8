"""Decisions as tests need them: only what matters is said."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from assets.decisions.roles import Actor, Role
from assets.decisions.turn import Turn
from assets.ledger.decision import ActorKind, Decision, OutboxMessage

DAY = date(2026, 3, 10)
NEXT_DAY = date(2026, 3, 11)
AT = datetime(2026, 3, 10, 17, 30, tzinfo=UTC)
ANNA = Actor("anna", Role.APPROVER)


def a_turn(actor: Actor = ANNA, business_date: date = DAY) -> Turn:
    return Turn(actor, business_date, AT)


def a_decision(kind: str = "cash_applied", subject_key: str = "receipt-1", **changes: Any) -> Decision:
    given = {
        "subject_kind": "receipt",
        "business_date": DAY,
        "actor_kind": ActorKind.RULE,
        "actor": "cash_application",
        "payload": {"applied_amount": Decimal("12.50")},
    }
    return Decision(kind=kind, subject_key=subject_key, **{**given, **changes})


def an_invoice(billing_key: str, series: str = "MUS-2026", **changes: Any) -> Decision:
    return a_decision(
        "invoice_issued", billing_key, subject_kind="charge", number_series=series, payload={"total": "1"}, **changes
    )


def a_draft_payload(billing_key: str = "contract|CT-1|1|2026-03-01|retainer", **changes: Any) -> dict[str, Any]:
    line = {
        "line_number": 1, "product_id": None, "description": "Retainer March", "quantity": "1.00",
        "unit_price": "1200.00", "net_amount": "1200.00",
    }  # fmt: skip
    return {
        "billing_key": billing_key, "charge_kind": "retainer", "legal_entity_id": "MUS", "customer_key": "c1",
        "contract_id": "CT-1", "contract_line_number": 1, "order_number": None, "currency_code": "USD", "lines": [line],
        "tax_code": "US0", "tax_rate": "0.10", "net_amount": "1200.00", "tax_amount": "120.00",
        "total_amount": "1320.00", "terms_code": "NET30", "due_days": 30, "purchase_order_number": "PO-9",
        "period_start": "2026-03-01", "period_end": "2026-03-31", "trigger_at": "2026-03-01T00:00:00",
        "triggered_date": "2026-03-01", **changes,
    }  # fmt: skip


def a_draft(billing_key: str = "contract|CT-1|1|2026-03-01|retainer", **changes: Any) -> Decision:
    payload = a_draft_payload(billing_key, **changes)
    return a_decision("draft_created", billing_key, subject_kind="charge", actor="invoicing", payload=payload)


def as_shown(draft: Decision) -> dict[str, Any]:
    """The draft as a page shows it."""
    return {
        **draft.payload,
        "total_amount": Decimal(draft.payload["total_amount"]),
        "billing_email": "ap@customer.example",
    }


def a_message(decision: Decision, **changes: Any) -> OutboxMessage:
    given = {
        "channel": "email",
        "recipient": "ap@customer.example",
        "subject_key": decision.subject_key,
        "business_date": decision.business_date,
        "payload": {"subject": "Reminder", "body": "Please pay."},
    }
    return OutboxMessage(decision_key=decision.decision_key, **{**given, **changes})
