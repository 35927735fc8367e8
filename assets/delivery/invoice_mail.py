"""The mail that brings an invoice: subject, text and documents, all from the recorded invoice and nothing else."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any

from babel.dates import format_date
from babel.numbers import format_currency

from assets.decisions.outbox import QueuedMessage
from assets.delivery.relay import Complete
from assets.ledger.decision import ActorKind, Decision, RecordedDecision
from assets.platform.warehouse import Warehouse

INVOICE = "invoice"


@dataclass(frozen=True, slots=True)
class Attachment:
    """One file of a mail."""

    name: str
    media_type: str
    contents: bytes


# The recorded invoice in, its documents out: same record, same bytes. Handed in from above, because delivery knows no
# rule of invoicing.
Render = Callable[[Mapping[str, Any]], Sequence[Attachment]]


def no_documents(_: Mapping[str, Any]) -> Sequence[Attachment]:
    """Return no documents: the mail's text is the invoice."""
    return ()


def is_invoice(queued: QueuedMessage) -> bool:
    """Return whether the message brings an invoice."""
    return queued.message.payload.get("document") == INVOICE


def issued_invoices(log: Iterable[RecordedDecision]) -> dict[str, Decision]:
    """Return the invoices that were issued, by the key of their decision."""
    return {
        recorded.decision.decision_key: recorded.decision
        for recorded in log
        if recorded.decision.kind == "invoice_issued"
    }


def cancelled_invoices(log: Iterable[RecordedDecision]) -> frozenset[tuple[str, str]]:
    """Return the charges, with the number of their invoice among the charge's, whose invoice was cancelled."""
    return frozenset(
        (recorded.decision.subject_key, recorded.decision.occurrence)
        for recorded in log
        if recorded.decision.kind == "invoice_cancelled"
    )


def sellers_of(warehouse: Warehouse) -> dict[str, str]:
    """Return the registered names of our legal entities."""
    rows = warehouse.rows("select legal_entity_id, legal_entity_name from marts.dim_legal_entities")
    return {str(row["legal_entity_id"]): str(row["legal_entity_name"]) for row in rows}


def completing(invoices: Mapping[str, Decision], sellers: Mapping[str, str], render: Render = no_documents) -> Complete:
    """Return the step that writes the mail of an invoice from its record; other messages are complete as they are."""

    def complete(queued: QueuedMessage) -> QueuedMessage:
        if not is_invoice(queued):
            return queued
        invoice = invoices[queued.message.decision_key].payload
        seller = sellers.get(str(invoice["legal_entity_id"]), str(invoice["legal_entity_id"]))
        written = {
            "subject": f"Invoice {invoice['document_number']} from {seller}",
            "body": _text(invoice, seller),
            "attachments": tuple(render(invoice)),
        }
        return replace(queued, message=replace(queued.message, payload={**queued.message.payload, **written}))

    return complete


def never_late(invoices: Mapping[str, Decision]) -> Callable[[QueuedMessage], bool]:
    """Return which mails leave however long they waited: invoices that a person approved.

    What a backfill issues for days long gone waits for ever; a person approves on the open day only.
    """

    def answer(queued: QueuedMessage) -> bool:
        return is_invoice(queued) and invoices[queued.message.decision_key].actor_kind is ActorKind.PERSON

    return answer


def _text(invoice: Mapping[str, Any], seller: str) -> str:
    currency_code = str(invoice["currency_code"])
    heads = [
        ("Invoice", invoice["document_number"]),
        ("Date", _day(invoice["invoice_date"])),
        ("Due", _day(invoice.get("due_date"))),
        ("Your purchase order", invoice.get("purchase_order_number")),
        ("Contract", invoice.get("contract_id")),
        ("Order", invoice.get("order_number")),
    ]
    lines = [
        f"  {_plain(line['description'])}: {_number(line['quantity'])} x {_number(line['unit_price'])}"
        f" = {_money(line['net_amount'], currency_code)}"
        for line in invoice["lines"]
    ]
    sums = [("Net", "net_amount"), ("Tax", "tax_amount"), ("Total", "total_amount")]
    return "\n".join(
        [
            *(f"{name}: {_plain(value)}" for name, value in heads if value),
            "",
            *lines,
            "",
            *(f"{name}: {_money(invoice[amount], currency_code)}" for name, amount in sums),
            "",
            f"Please name {invoice['document_number']} when you pay.",
            "",
            seller,
            "",
        ]
    )


def _plain(value: Any) -> str:
    return re.sub(r"\s+", " ", "".join(letter if letter.isprintable() else " " for letter in str(value))).strip()


def _day(text: str | None) -> str | None:
    return format_date(date.fromisoformat(text), "d MMMM y", locale="en") if text else None


def _money(amount: str, currency_code: str) -> str:
    return str(format_currency(Decimal(amount), currency_code, "¤¤ #,##0.00", locale="en"))


def _number(text: str) -> str:
    return f"{Decimal(text).normalize():f}"
