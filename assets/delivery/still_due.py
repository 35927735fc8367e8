"""Whether a queued message may still leave: balance, dispute and hold are read again at the moment of the claim."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date
from decimal import Decimal

from assets.decisions.outbox import QueuedMessage
from assets.decisions.store import DecisionStore
from assets.delivery.invoice_mail import brings_document, cancelled_invoices, is_invoice
from assets.ledger.decision import RecordedDecision
from assets.platform.warehouse import Warehouse

# The kinds of decisions that are looked for below.
STOP_OR_LET_LEAVE = frozenset({"invoice_cancelled", "reminder_held", "reminder_released", "promise_recorded"})


def still_due(warehouse: Warehouse, store: DecisionStore, *, as_of_date: date) -> Callable[[QueuedMessage], str | None]:
    """Return the question the relay asks inside each claim: a reason code why not, or None when it may leave."""
    items = {
        row["document_key"]: row
        for row in warehouse.rows(
            "select document_key, customer_key, open_amount, is_disputed, is_rejected from reporting.rpt_open_items"
        )
    }
    log = store.decisions(kinds=STOP_OR_LET_LEAVE)
    cancelled = cancelled_invoices(log)
    held, promised = held_subjects(log), promised_documents(log, as_of_date=as_of_date)

    def why_not(queued: QueuedMessage) -> str | None:
        subject_key = queued.message.subject_key
        if is_invoice(queued):  # an invoice is brought also to those who owe nothing on it any more
            occurrence = queued.message.occurrence.removeprefix("invoice-")
            return "INVOICE_CANCELLED" if (subject_key, occurrence) in cancelled else None
        if brings_document(queued):  # a credit memo is never taken back
            return None
        item = items.get(subject_key)
        if item is None or item["open_amount"] <= Decimal(0):
            return "PAID"
        if item["is_disputed"]:
            return "DISPUTED"
        if item["is_rejected"]:
            return "REJECTED"
        if subject_key in promised:
            return "PROMISED"
        return "ON_HOLD" if held & {subject_key, item["customer_key"]} else None

    return why_not


def held_subjects(log: Iterable[RecordedDecision]) -> frozenset[str]:
    """Return the documents and customers whose reminders a person holds and has not released."""
    held: set[str] = set()
    for recorded in log:
        if recorded.decision.kind == "reminder_held":
            held.add(recorded.decision.subject_key)
        elif recorded.decision.kind == "reminder_released":
            held.discard(recorded.decision.subject_key)
    return frozenset(held)


def promised_documents(log: Iterable[RecordedDecision], *, as_of_date: date) -> frozenset[str]:
    """Return the documents whose last promise is not past; of a broken promise the walk has reminded on purpose."""
    promised = {
        recorded.decision.subject_key: date.fromisoformat(recorded.decision.payload["promised_date"])
        for recorded in log
        if recorded.decision.kind == "promise_recorded"
    }
    return frozenset(subject_key for subject_key, day in promised.items() if day >= as_of_date)
