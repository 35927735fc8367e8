"""An approved draft becomes an invoice: one decision, numbered by the store when it is recorded."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from assets.ledger.decision import ActorKind, Decision, OutboxMessage
from assets.ledger.documents import Draft, draft_of
from assets.ledger.parties import LegalEntity


def issue_invoice(
    draft: Draft,
    entity: LegalEntity,
    *,
    invoice_date: date,
    actor_kind: ActorKind,
    actor: str,
    evidence: Mapping[str, Any] | None = None,
    occurrence: str = "1",
    charges: Sequence[Draft] = (),
) -> Decision:
    """Return the decision that issues a draft: dated that day, due by its terms, in the entity's number series.

    `occurrence` counts the invoices of one charge: a charge is issued again only after its invoice was cancelled.
    `charges` are those of an invoice that bills several; the draft is then the whole, in the name of the first.
    """
    due_date = invoice_date + timedelta(days=draft.due_days or 0)
    return Decision(
        kind="invoice_issued",
        subject_kind="charge",
        subject_key=draft.billing_key,
        business_date=invoice_date,
        actor_kind=actor_kind,
        actor=actor,
        payload={
            **draft.as_payload(),
            "invoice_date": invoice_date.isoformat(),
            "due_date": due_date.isoformat(),
            "issued_by": "openitem",
            **({"charges": [charge.as_payload() for charge in charges]} if len(charges) > 1 else {}),
        },
        occurrence=occurrence,
        evidence=evidence or {},
        number_series=entity.series_of(invoice_date),
    )


def billed_with(billing_key: str, leading_key: str, occurrence: str) -> dict[str, str]:
    """Return what the approval of a charge says of the invoice it stands on, when that bears another charge's name."""
    return {} if billing_key == leading_key else {"billed_with": leading_key, "invoice_occurrence": occurrence}


def invoice_message(issued: Decision, recipient: str) -> OutboxMessage:
    """Return the mail that brings an invoice to its billing contact; its text and documents follow from the record."""
    return OutboxMessage(
        decision_key=issued.decision_key,
        channel="email",
        recipient=recipient,
        subject_key=issued.subject_key,
        business_date=issued.business_date,
        payload={"document": "invoice"},
        occurrence=f"invoice-{issued.occurrence}",
    )


def credit_memo_message(issued: Decision, recipient: str) -> OutboxMessage:
    """Return the mail that brings a credit memo to whom its invoice was sent."""
    return OutboxMessage(
        decision_key=issued.decision_key,
        channel="email",
        recipient=recipient,
        subject_key=issued.subject_key,
        business_date=issued.business_date,
        payload={"document": "credit_memo"},
        occurrence=f"credit-memo-{issued.occurrence}",
    )


def corrected(draft: Draft, payload: Mapping[str, Any]) -> Draft:
    """Return the draft as a person corrected it: the decision names the changed fields, or the whole draft."""
    changes = payload.get("draft", payload)
    fields = draft.as_payload()
    return draft_of(fields | {name: changes[name] for name in fields if name in changes})
