"""Which documents are there to pay? Every document known, found by number, by customer and by open amount."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from assets.cash_application.references import NumberIndex
from assets.ledger.documents import OpenItem
from assets.ledger.errors import PermanentError

Amount = tuple[str, str, int]  # legal entity, currency, open minor units


class UnknownDocumentError(PermanentError):
    """Money was to be applied to a document that the index has never seen."""

    def __init__(self, document_key: str) -> None:
        self.document_key = document_key
        super().__init__(
            f"Cannot settle document `{document_key}`: it is not known to cash application. "
            "Put it into the index on the day it becomes known, before receipts are decided."
        )


class OverAppliedDocumentError(PermanentError):
    """More was to be applied to a document than is open on it."""

    def __init__(self, item: OpenItem, applied_minor: int) -> None:
        self.document_number = item.document_number
        super().__init__(
            f"Cannot apply {applied_minor} minor units of {item.currency_code} to document `{item.document_number}`: "
            f"{item.open_minor} are open. Look for the same receipt applied twice in the decision log."
        )


class OpenItemIndex:
    """All documents by key, number, customer and open amount; a closed one stays known by its number."""

    def __init__(self, items: Iterable[OpenItem] = ()) -> None:
        self.numbers = NumberIndex()
        self._items: dict[str, OpenItem] = {}
        self._by_customer: dict[str, dict[str, None]] = {}
        self._by_amount: dict[Amount, dict[str, None]] = {}
        for item in items:
            self.put(item)

    def __len__(self) -> int:
        return len(self._items)

    def put(self, item: OpenItem) -> None:
        """Take up a document, or replace what is known of it; open_minor 0 means closed or cancelled."""
        before = self._items.get(item.document_key)
        if before is None:
            self.numbers.add(item.document_number, item.document_key, (item.order_number, item.purchase_order_number))
        else:
            self._forget(before)
        self._items[item.document_key] = item
        if item.open_minor:
            self._by_amount.setdefault(_amount(item), {})[item.document_key] = None
            if item.customer_key:
                self._by_customer.setdefault(item.customer_key, {})[item.document_key] = None

    def settle(self, document_key: str, applied_minor: int) -> None:
        """Lower what is open by an application (negative for a credit memo); never below nothing."""
        item = self._items.get(document_key)
        if item is None:
            raise UnknownDocumentError(document_key)
        if not is_within(applied_minor, item.open_minor):
            raise OverAppliedDocumentError(item, applied_minor)
        self.put(replace(item, open_minor=item.open_minor - applied_minor))

    def reopen(self, document_key: str, applied_minor: int) -> None:
        """Give back what an application took, when it is undone or its receipt returned."""
        item = self._items.get(document_key)
        if item is None:
            raise UnknownDocumentError(document_key)
        self.put(replace(item, open_minor=item.open_minor + applied_minor))

    def get(self, document_key: str) -> OpenItem | None:
        """Return the document as it stands, open or closed."""
        return self._items.get(document_key)

    def numbered(self, key: str) -> list[OpenItem]:
        """Return the documents that carry this number, open or closed."""
        return [self._items[document_key] for document_key in self.numbers.document_keys(key)]

    def of_order(self, key: str) -> list[OpenItem]:
        """Return the documents that belong to this order or purchase order number."""
        return [self._items[document_key] for document_key in self.numbers.order_document_keys(key)]

    def open_of(self, customer_key: str) -> Iterator[OpenItem]:
        """Return the customer's documents with a balance left."""
        return (self._items[document_key] for document_key in self._by_customer.get(customer_key, ()))

    def with_open_amount(self, legal_entity_id: str, currency_code: str, open_minor: int) -> list[OpenItem]:
        """Return the documents of an entity and currency on which exactly this amount is open."""
        keys = self._by_amount.get((legal_entity_id, currency_code, open_minor), ())
        return [self._items[document_key] for document_key in keys]

    def _forget(self, item: OpenItem) -> None:
        if not item.open_minor:
            return
        self._by_amount[_amount(item)].pop(item.document_key, None)
        if item.customer_key:
            self._by_customer[item.customer_key].pop(item.document_key, None)


def is_within(applied_minor: int, open_minor: int) -> bool:
    """Return whether an amount can be applied to what is open: same sign, and not more."""
    return 0 <= applied_minor <= open_minor or open_minor <= applied_minor <= 0


def _amount(item: OpenItem) -> Amount:
    return item.legal_entity_id, item.currency_code, item.open_minor
