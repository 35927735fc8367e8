"""The mail that brings an invoice or a credit memo: subject, text and files, all from the record and nothing else."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from types import MappingProxyType
from typing import Any

from babel.dates import format_date
from babel.numbers import format_currency, get_decimal_symbol

from assets.decisions.outbox import QueuedMessage
from assets.delivery.relay import Complete
from assets.delivery.wording import WORDING, Wording
from assets.ledger.decision import ActorKind, Decision, RecordedDecision
from assets.ledger.languages import ENGLISH, language_of, languages_by_country
from assets.platform.warehouse import Warehouse

INVOICE, CREDIT_MEMO = "invoice", "credit_memo"
# The kinds of decisions that `issued_documents` and `released_messages` look for.
ISSUED_OR_LET_LEAVE = frozenset({"invoice_issued", "credit_memo_issued", "message_released"})


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


def brings_document(queued: QueuedMessage) -> bool:
    """Return whether the message brings a document: an invoice or a credit memo."""
    return queued.message.payload.get("document") in {INVOICE, CREDIT_MEMO}


def issued_documents(log: Iterable[RecordedDecision]) -> dict[str, Decision]:
    """Return the invoices and credit memos that were issued, by the key of their decision."""
    return {
        recorded.decision.decision_key: recorded.decision
        for recorded in log
        if recorded.decision.kind in {"invoice_issued", "credit_memo_issued"}
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


def languages_of(warehouse: Warehouse) -> dict[str, str]:
    """Return the language we write in to each customer: the one asked for, else policy's for the country."""
    by_country = languages_by_country(warehouse.rows("select * from policy.letter_languages"))
    rows = warehouse.rows("select customer_key, country_code, language_code from marts.dim_customers")
    return {
        str(row["customer_key"]): language_of(row["country_code"], row["language_code"], by_country) for row in rows
    }


def completing(
    issued: Mapping[str, Decision],
    sellers: Mapping[str, str],
    render: Render = no_documents,
    languages: Mapping[str, str] = MappingProxyType({}),
) -> Complete:
    """Return the step that writes the mail of a document from its record; other messages are complete as they are.

    A customer of whom `languages` says nothing is written to in English.
    """

    def complete(queued: QueuedMessage) -> QueuedMessage:
        if not brings_document(queued):
            return queued
        document = issued[queued.message.decision_key].payload
        seller = sellers.get(str(document["legal_entity_id"]), str(document["legal_entity_id"]))
        words = WORDING[languages.get(str(document.get("customer_key")), ENGLISH)]
        kind = words.invoice if is_invoice(queued) else words.credit_memo
        written = {
            "subject": words.subject.format(kind=kind, number=document["document_number"], seller=seller),
            "body": _text(kind, document, seller, words),
            "attachments": tuple(render(document)),
        }
        return replace(queued, message=replace(queued.message, payload={**queued.message.payload, **written}))

    return complete


def released_messages(log: Iterable[RecordedDecision]) -> frozenset[str]:
    """Return the messages that a person lets leave although they are late."""
    return frozenset(recorded.decision.subject_key for recorded in log if recorded.decision.kind == "message_released")


def never_late(
    issued: Mapping[str, Decision], released: Collection[str] = frozenset()
) -> Callable[[QueuedMessage], bool]:
    """Return which mails leave however long they waited: those of documents that a person issued, or lets leave late.

    What a backfill issues for days long gone waits for a person; a person approves on the open day only.
    """

    def answer(queued: QueuedMessage) -> bool:
        if not brings_document(queued):
            return False
        return queued.outbox_key in released or issued[queued.message.decision_key].actor_kind is ActorKind.PERSON

    return answer


def _text(kind: str, invoice: Mapping[str, Any], seller: str, words: Wording) -> str:
    currency_code = str(invoice["currency_code"])
    number, credited = invoice["document_number"], invoice.get("credits_document_number")
    heads = [
        (kind, number),
        (words.date, _day(invoice.get("invoice_date") or invoice.get("credit_memo_date"), words)),
        (words.credits, credited),
        (words.due, _day(invoice.get("due_date"), words)),
        (words.purchase_order, invoice.get("purchase_order_number")),
        (words.contract, invoice.get("contract_id")),
        (words.order, invoice.get("order_number")),
    ]
    lines = [
        f"  {_plain(line['description'])}{words.colon} {_number(line['quantity'], words)}"
        f" x {_number(line['unit_price'], words)} = {_money(line['net_amount'], currency_code, words)}"
        for line in invoice["lines"]
    ]
    sums = [(words.net, "net_amount"), (words.tax, "tax_amount"), (words.total, "total_amount")]
    return "\n".join(
        [
            *(f"{name}{words.colon} {_plain(value)}" for name, value in heads if value),
            "",
            *lines,
            "",
            *(f"{name}{words.colon} {_money(invoice[amount], currency_code, words)}" for name, amount in sums),
            "",
            words.set_against.format(number=credited) if credited else words.please_name.format(number=number),
            "",
            seller,
            "",
        ]
    )


def _plain(value: Any) -> str:
    return re.sub(r"\s+", " ", "".join(letter if letter.isprintable() else " " for letter in str(value))).strip()


def _day(text: str | None, words: Wording) -> str | None:
    return format_date(date.fromisoformat(text), words.day, locale=words.locale) if text else None


def _money(amount: str, currency_code: str, words: Wording) -> str:
    return str(format_currency(Decimal(amount), currency_code, "¤¤ #,##0.00", locale=words.locale))


def _number(text: str, words: Wording) -> str:
    plain = f"{Decimal(text).normalize():f}"
    return plain.replace(".", str(get_decimal_symbol(words.locale)))
