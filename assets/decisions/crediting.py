"""A person credits an invoice that was issued here: in part or in full, with a reason, never beyond what was billed."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from assets.decisions.errors import UndecidableError
from assets.decisions.invoice_review import invoice_billing, message_key_of, other_charges
from assets.decisions.roles import require
from assets.decisions.store import DecisionStore
from assets.decisions.turn import Row, Turn, digest_of, seen_history
from assets.ledger.crediting import CREDIT_REASONS, Credited, CreditExceedsInvoiceError, credit_of, issue_credit_memo
from assets.ledger.decision import ActorKind, Decision, RecordedDecision
from assets.ledger.issuing import credit_memo_message
from assets.ledger.keys import document_key
from assets.ledger.one_invoice import charges_billed
from assets.ledger.parties import LegalEntity


def credit_invoice(
    store: DecisionStore,
    turn: Turn,
    invoice: Row,
    *,
    seen_version: int,
    reason_code: str,
    net_amount: Decimal | None = None,
    note: str = "",
    bills_again: bool = False,
) -> list[RecordedDecision]:
    """Issue a credit memo for a net amount of what an invoice bills of a charge, or for all that is left of it.

    `bills_again` is for an invoice that came back: it is credited in full, each of its charges by a memo of its own,
    and they wait for review again.
    """
    require(turn.actor, "credit_invoice")
    billing_key = str(invoice["billing_key"])
    if reason_code not in CREDIT_REASONS:
        raise UndecidableError(f"Cannot credit `{billing_key}` because of `{reason_code}`: known are {CREDIT_REASONS}.")
    issued = invoice_billing(store, billing_key, seen_version)
    if issued is None:
        raise UndecidableError(f"Cannot credit `{billing_key}`: no invoice of it stands.")
    if bills_again and net_amount is not None:
        raise UndecidableError(f"Cannot bill `{billing_key}` again: only an invoice credited in full can be replaced.")
    number, entity_id = str(issued.payload["document_number"]), str(issued.payload["legal_entity_id"])
    others = other_charges(store, issued, billing_key) if bills_again else {}
    credited = {billing_key: seen_version, **others}
    decisions = []
    for billed in charges_billed(issued.payload):
        if billed.billing_key not in credited:
            continue
        before = credited_so_far(seen_history(store, billed.billing_key, credited[billed.billing_key]), number)
        if billed.billing_key != billing_key and before.net_amount == billed.net_amount:
            continue  # credited in full already, and not to be billed again
        try:
            credit = credit_of(billed, number, before, net_amount)
        except CreditExceedsInvoiceError as error:
            raise UndecidableError(str(error)) from error
        decisions.append(
            issue_credit_memo(
                billed,
                LegalEntity(entity_id, entity_id, "", billed.currency_code, "UTC", "openitem", entity_id),
                credit,
                before,
                document_key=document_key("openitem", entity_id, number),
                document_number=number,
                credit_memo_date=turn.business_date,
                actor_kind=ActorKind.PERSON,
                actor=turn.actor.name,
                reason_code=reason_code,
                note=note,
                bills_again=bills_again,
                evidence={"shown_digest": digest_of(invoice)},
            )
        )
    recipient = _recipient(store, issued, invoice)
    return store.append(
        decisions,
        outbox=[credit_memo_message(decision, recipient) for decision in decisions] if recipient else [],
        also_seen=credited,
        recorded_at=turn.at,
    )


def _recipient(store: DecisionStore, issued: Decision, shown: Row) -> str | None:
    """Return to whom the invoice was addressed; None when it had no mail and nobody is known."""
    queued = store.message(message_key_of(issued))
    return queued.message.recipient if queued else shown.get("billing_email") or None


def credited_so_far(history: Sequence[RecordedDecision], document_number: str) -> Credited:
    """Return what the log holds as credited of an invoice."""
    memos = [
        entry.decision.payload
        for entry in history
        if entry.decision.kind == "credit_memo_issued"
        and entry.decision.payload["credits_document_number"] == document_number
    ]
    return Credited(
        sum((Decimal(memo["net_amount"]) for memo in memos), Decimal(0)),
        sum((Decimal(memo["tax_amount"]) for memo in memos), Decimal(0)),
        len(memos),
    )
