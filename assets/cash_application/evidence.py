"""What speaks for which document? The payer, the numbers named and the amounts stated, gathered for one receipt."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from assets.cash_application.open_items import OpenItemIndex
from assets.cash_application.payers import Payer, PayerIndex, name_words
from assets.cash_application.policy import CashPolicy
from assets.cash_application.references import Reading
from assets.cash_application.remittances import RemittanceIndex, Statement
from assets.ledger.documents import OpenItem
from assets.ledger.receipts import Receipt


class Book:
    """What is open while a day is being decided: the index, less what earlier receipts of the day took."""

    def __init__(self, index: OpenItemIndex) -> None:
        self.index = index
        self.taken: dict[str, int] = {}

    def open_minor(self, item: OpenItem) -> int:
        """Return what is left on a document now; negative for a credit memo."""
        return item.open_minor - self.taken.get(item.document_key, 0)

    def take(self, document_key: str, applied_minor: int) -> None:
        """Note that a receipt of this day is applied to a document."""
        self.taken[document_key] = self.taken.get(document_key, 0) + applied_minor

    def with_open_amount(self, receipt: Receipt) -> list[OpenItem]:
        """Return the documents of the receipt's entity and currency on which exactly its amount is open."""
        found = self.index.with_open_amount(receipt.legal_entity_id, receipt.currency_code, receipt.amount_minor)
        return in_order(item for item in found if item.document_key not in self.taken)

    def open_of(self, customers: Iterable[str], receipt: Receipt) -> list[OpenItem]:
        """Return what these customers owed on the value date, in the receipt's entity and currency, oldest first."""
        return in_order(
            item
            for customer_key in customers
            for item in self.index.open_of(customer_key)
            if item.currency_code == receipt.currency_code
            and item.legal_entity_id == receipt.legal_entity_id
            and item.document_date <= receipt.value_date
            and (item.document_key not in self.taken or self.open_minor(item))
        )


@dataclass(frozen=True, slots=True)
class Named:
    """The documents a payer names, by what can be done with them."""

    payable: tuple[OpenItem, ...]  # open, of the receipt's entity and currency
    closed: tuple[OpenItem, ...]
    other_currency: tuple[OpenItem, ...]
    other_entity: tuple[OpenItem, ...]
    ambiguous: tuple[str, ...]  # numbers that more than one payable document carries
    uncertain: tuple[str, ...]  # numbers a shortened mention may mean
    strangers: tuple[str, ...]  # tokens that look like a number of ours and are none
    by_order: tuple[OpenItem, ...]  # documents of an order or purchase order named
    stated: Mapping[str, int]  # amounts stated per payable document

    @property
    def open_keys(self) -> frozenset[str]:
        """Return the documents whose balance this was sorted by."""
        return frozenset(item.document_key for item in (*self.payable, *self.by_order))

    @property
    def names_nothing(self) -> bool:
        """Return whether no document at all is named for certain."""
        return not (self.payable or self.closed or self.other_currency or self.other_entity or self.ambiguous)


@dataclass(frozen=True, slots=True)
class Evidence:
    """All that is known about one receipt on one day."""

    receipt: Receipt
    payer: Payer
    reading: Reading
    statement: Statement | None
    named: Named

    def as_record(self) -> dict[str, Any]:
        """Return the part of the evidence that is stored with the outcome; empty parts are left out."""
        named = self.named
        parts: dict[str, Any] = {
            "payer": self.payer.basis.value,
            "payer_evidence": self.payer.evidence,
            "payer_families": len(self.payer.families) or None,
            "named": [f"{mention.text}={mention.kind}" for mention in self.reading.mentions],
            "orders": list(self.reading.order_keys),
            "look_alikes": list(named.strangers),
            "closed": [item.document_number for item in named.closed],
            "remittance": f"{self.statement.link}:{self.statement.source_key}" if self.statement else None,
            "receipt_minor": self.receipt.amount_minor,
        }
        return {name: value for name, value in parts.items() if value}


def gather(
    receipt: Receipt,
    reading: Reading,
    book: Book,
    payers: PayerIndex,
    remittances: RemittanceIndex,
    policy: CashPolicy,
) -> Evidence:
    """Return what speaks for which document, given what the receipt's own texts name."""
    index = book.index
    payer = payers.identify(receipt, agent_families=policy.agent_families)
    statement = _statement_of(receipt, reading, payer, book, payers, remittances, policy)
    keys: dict[str, int | None] = dict.fromkeys(reading.certain_keys)
    strangers = list(reading.strangers)
    for line in statement.lines if statement else ():
        key = index.numbers.key_of(line.document_number)
        if key is not None:
            keys[key] = line.amount_minor
        else:
            strangers.append(line.document_number)
    return Evidence(receipt, payer, reading, statement, _sort_out(receipt, reading, keys, strangers, book))


def read_texts(receipt: Receipt, index: OpenItemIndex) -> Reading:
    """Return what the receipt's own texts name."""
    return index.numbers.read((receipt.remittance_text, receipt.end_to_end_id))


def in_order(items: Iterable[OpenItem]) -> list[OpenItem]:
    """Return documents oldest due first, those without a due date last; the same whatever order they came in."""
    return sorted(
        items, key=lambda i: (i.due_date is None, i.due_date or i.document_date, i.document_number, i.document_key)
    )


def _sort_out(
    receipt: Receipt, reading: Reading, keys: Mapping[str, int | None], strangers: list[str], book: Book
) -> Named:
    payable: list[OpenItem] = []
    closed: list[OpenItem] = []
    other_currency: list[OpenItem] = []
    other_entity: list[OpenItem] = []
    ambiguous: list[str] = []
    stated: dict[str, int] = {}
    for key, amount_minor in keys.items():
        items = in_order(book.index.numbered(key))
        here = [item for item in items if item.legal_entity_id == receipt.legal_entity_id]
        fitting = [item for item in here if item.currency_code == receipt.currency_code]
        still_open = [item for item in fitting if book.open_minor(item)]
        if len(still_open) == 1:
            payable.append(still_open[0])
            if amount_minor is not None:
                stated[still_open[0].document_key] = amount_minor
        elif still_open:
            ambiguous.append(key)
        elif fitting:
            closed.extend(fitting)
        elif here:
            other_currency.extend(here)
        else:
            other_entity.extend(items)
    by_order = {
        item.document_key: item
        for key in reading.order_keys
        for item in book.index.of_order(key)
        if item.legal_entity_id == receipt.legal_entity_id
        and item.currency_code == receipt.currency_code
        and book.open_minor(item)
    }
    return Named(
        payable=tuple(payable),
        closed=tuple(closed),
        other_currency=tuple(other_currency),
        other_entity=tuple(other_entity),
        ambiguous=tuple(ambiguous),
        uncertain=reading.uncertain_keys,
        strangers=tuple(dict.fromkeys(strangers)),
        by_order=tuple(in_order(by_order.values())),
        stated=stated,
    )


def _statement_of(
    receipt: Receipt,
    reading: Reading,
    payer: Payer,
    book: Book,
    payers: PayerIndex,
    remittances: RemittanceIndex,
    policy: CashPolicy,
) -> Statement | None:
    """Return the one list of documents that belongs to the receipt; none when several could."""
    inside = remittances.of_receipt(receipt)
    if inside is not None:
        return inside
    referenced = remittances.messages_by_reference(receipt)
    if referenced:
        return referenced[0] if len(referenced) == 1 else None
    fitting = [
        statement
        for statement in remittances.messages_by_total(receipt, policy.remittance_days)
        if _is_about(statement, receipt, reading, payer, book, payers)
    ]
    return fitting[0] if len(fitting) == 1 else None


def _is_about(
    statement: Statement, receipt: Receipt, reading: Reading, payer: Payer, book: Book, payers: PayerIndex
) -> bool:
    """A total alone links nothing: the text must name one of the documents, or the payer must be their customer."""
    keys = {key for line in statement.lines if (key := book.index.numbers.key_of(line.document_number))}
    items = [item for key in keys for item in book.index.numbered(key) if book.open_minor(item)]
    if not items or not keys.issuperset(reading.certain_keys):
        return False
    if reading.certain_keys:
        return True
    if payer.families:
        return all(payers.family_of(item.customer_key) in payer.families for item in items)
    paid_by = name_words(receipt.payer_name)
    return bool(paid_by) and all(
        item.customer_key and paid_by == name_words(payers.name_of(item.customer_key)) for item in items
    )
