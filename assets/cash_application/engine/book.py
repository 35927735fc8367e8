"""What is open? Documents in columns of integers, found by number, customer and amount, lowered as cash is applied."""

from __future__ import annotations

import math
import re
from array import array
from collections.abc import Iterable
from typing import NamedTuple

import numpy as np

from assets.cash_application.engine.numbers import Neighbours, NumberIndex
from assets.cash_application.engine.policy import hundredth
from assets.cash_application.engine.sheets import Sheet
from assets.cash_application.engine.texts import compact
from assets.ledger.errors import PermanentError
from assets.ledger.money import minor_digits

_APART = re.compile(r"[\s,;]+")
NO_DAY = 0
NEVER = 10_000_000  # a day after all others
MOST_ON_SHEETS = 500_000  # documents on the sheets kept at hand, about 150 bytes each
MOST_IN_ORDER = 8_000_000  # documents whose order is kept at hand, 8 bytes each
MOST_NEIGHBOURS = 300_000  # documents kept at hand by their neighbourhood, about 200 bytes each
LEDGERS = 4096  # legal entities times currencies a book may hold


class UnknownDocumentError(PermanentError):
    """Money was to be applied to a document that the book has never seen."""

    def __init__(self, document_id: str) -> None:
        self.document_id = document_id
        super().__init__(
            f"Cannot settle document `{document_id}`: it is not known to cash application. "
            "Put it into the book on the day it becomes known, before receipts are decided."
        )


class OverAppliedDocumentError(PermanentError):
    """More was to be applied to a document than is open on it."""

    def __init__(self, printed: str, open_minor: int, applied_minor: int) -> None:
        self.document_number = printed
        super().__init__(
            f"Cannot apply {applied_minor} minor units to document `{printed}`: {open_minor} are open. "
            "Look for the same receipt applied twice in the decision log."
        )


class Entry(NamedTuple):
    """A document as it is taken up; days are ordinals, amounts minor units, negative for a credit memo."""

    document_id: str
    document_number: str
    customer_id: str
    legal_entity_id: str
    currency_code: str
    issued: int
    due: int
    amount: int
    open: int
    purchase_order: str | None = None
    order: str | None = None
    discount: int = 0
    discount_until: int = NO_DAY
    deliveries: str | None = None  # numbers of what it bills, apart by a blank or a comma
    bank_slips: str | None = None  # numbers of bank slips printed with it, apart likewise, check digits after a hyphen


class Book:
    """All documents, open or closed, and what is open of each."""

    def __init__(self) -> None:
        self.numbers = NumberIndex()
        self.ids: list[str] = []
        self.place: dict[str, int] = {}
        self.customers: list[str] = []
        self._names: dict[str, str] = {}  # of customers, each kept once
        self.orders = array("i")  # a number for each purchase order, 0 for none
        self.ledger = array("i")
        self.issued = array("i")
        self.due = array("i")
        self.amount = array("q")
        self.open = array("q")
        self.discount = array("q")
        self.discount_until = array("i")
        self._order_codes: dict[str, int] = {}
        self.ledgers: dict[tuple[str, str], int] = {}
        self.open_count: list[int] = []  # per ledger
        self._unit: list[int] = []  # per ledger: minor units of a multiple of which an amount is round
        self.count: list[int] = []  # per ledger, open or closed
        self.claimed: dict[int, str] = {}  # document -> receipt that is proposed to pay it
        self.awaited: dict[tuple[int, int], str] = {}  # document, amount -> receipt of that amount that waits for it
        self._of_customer: dict[str, dict[int, None]] = {}
        self._of_amount: dict[int, int | list[int]] = {}
        self._of_discounted: dict[int, int | list[int]] = {}
        self._closed: dict[int, int | list[int]] = {}  # by original amount
        self._neighbours: dict[str, tuple[int, Neighbours]] = {}
        self._sheets: dict[tuple[int, tuple[str, ...]], tuple[int, int, Sheet]] = {}
        self._ordered: dict[tuple[int, tuple[str, ...]], tuple[int, np.ndarray]] = {}
        self._versions: dict[str, int] = {}  # per customer: how often what is open changed
        self._opened: dict[str, int] = {}  # per customer: how often a document became open
        self._held = 0  # documents on sheets
        self._ordered_held = 0  # documents in their order
        self._near_held = 0  # documents among neighbours
        self.journal: list[tuple[int, int]] | None = None  # what changed since it was last read, for other processes

    def __len__(self) -> int:
        return len(self.ids)

    def ledger_of(self, legal_entity_id: str, currency_code: str) -> int:
        """Return the number of a legal entity's ledger in one currency."""
        key = legal_entity_id, currency_code
        found = self.ledgers.get(key)
        if found is None:
            found = self.ledgers[key] = len(self.ledgers)
            self.open_count.append(0)
            self._unit.append(100 * hundredth(minor_digits(currency_code)))
            self.count.append(0)
        return found

    def put(self, entry: Entry) -> int:
        """Take up a document, or replace what is known of it."""
        at = self.place.get(entry.document_id)
        ledger = self.ledger_of(entry.legal_entity_id, entry.currency_code)
        purchase_order = compact(entry.purchase_order) if entry.purchase_order else ""
        order = compact(entry.order) if entry.order else ""
        codes = self._order_codes
        if at is None:
            at = self.numbers.add(entry.document_number, (purchase_order, order))
            if entry.deliveries or entry.bank_slips:
                self._name_besides(at, entry)
            self.place[entry.document_id] = at
            self.ids.append(entry.document_id)
            self.customers.append(self._names.setdefault(entry.customer_id, entry.customer_id))
            self.orders.append(codes.setdefault(purchase_order, len(codes) + 1) if purchase_order else 0)
            self.ledger.append(ledger)
            self.count[ledger] += 1
            self.issued.append(entry.issued)
            self.due.append(entry.due)
            self.amount.append(entry.amount)
            self.open.append(0)
            self.discount.append(entry.discount)
            self.discount_until.append(entry.discount_until)
        else:
            self._set_open(at, 0)
            if self.numbers.printed[at] != entry.document_number:
                self.numbers.rename(at, entry.document_number)
            self.numbers.add_orders(at, filter(None, (purchase_order, order)))
            self._name_besides(at, entry)
            if purchase_order:
                self.orders[at] = codes.setdefault(purchase_order, len(codes) + 1)
            if (self.ledger[at], self.amount[at]) != (ledger, entry.amount):
                self._forget_closed(at)
                self.count[self.ledger[at]] -= 1
                self.count[ledger] += 1
            moved_from = self.customers[at]
            if moved_from != entry.customer_id:
                self._opened[moved_from] = self._opened.get(moved_from, 0) + 1
            self.customers[at], self.ledger[at] = entry.customer_id, ledger
            self.issued[at], self.due[at], self.amount[at] = entry.issued, entry.due, entry.amount
            self.discount[at], self.discount_until[at] = entry.discount, entry.discount_until
        self._set_open(at, entry.open)
        if not entry.open:
            _add(self._closed, entry.amount * LEDGERS + ledger, at)
        return at

    def _name_besides(self, at: int, entry: Entry) -> None:
        """Let a document be found by its deliveries and by the bank slips printed with it."""
        self.numbers.add_orders(at, [compact(number) for number in _APART.split(entry.deliveries or "") if number])
        for number in _APART.split(entry.bank_slips or ""):
            if number:
                self.numbers.slips.add(at, number)

    def settle(self, document: int, applied: int) -> None:
        """Lower what is open, negative for a credit memo; never below nothing."""
        left = self.open[document]
        if not is_within(applied, left):
            raise OverAppliedDocumentError(self.numbers.printed[document], left, applied)
        self._set_open(document, left - applied)
        if left == applied:
            _add(self._closed, self.amount[document] * LEDGERS + self.ledger[document], document)

    def closed_with_amount(self, ledger: int, amount: int) -> tuple[int, ...]:
        """Return documents of this amount that are paid, each once and in one order however they came to be so."""
        listed = _values(self._closed, amount * LEDGERS + ledger)
        return tuple(sorted({document for document in listed if not self.open[document]}))

    def cancel(self, document: int) -> None:
        """Close a document that never was to be paid: money of its amount is no second payment of it."""
        self._set_open(document, 0)
        self._forget_closed(document)
        self.amount[document] = self.discount[document] = 0

    def _forget_closed(self, document: int) -> None:
        """Forget that a document of its amount and ledger was paid."""
        key = self.amount[document] * LEDGERS + self.ledger[document]
        while document in _values(self._closed, key):
            _drop(self._closed, key, document)

    def set_open(self, document: int, open_minor: int) -> None:
        """Set what is open, as another record says."""
        self._set_open(document, open_minor)
        if not open_minor:
            _add(self._closed, self.amount[document] * LEDGERS + self.ledger[document], document)

    def with_amount(self, ledger: int, amount: int) -> tuple[int, ...]:
        """Return the documents on which exactly this amount is open."""
        return tuple(sorted(_values(self._of_amount, amount * LEDGERS + ledger)))

    def with_discounted(self, ledger: int, amount: int) -> tuple[int, ...]:
        """Return the documents on which exactly this amount is open after their cash discount."""
        return tuple(sorted(_values(self._of_discounted, amount * LEDGERS + ledger)))

    def count_of(self, customer: str) -> int:
        """Return how many documents of a customer have a balance."""
        return len(self._of_customer.get(customer, _NONE))

    def count_of_all(self, customers: Iterable[str]) -> int:
        """Return how many documents of several customers, each named once, have a balance."""
        known = self._of_customer
        return sum([len(known[customer]) for customer in customers if customer in known])

    def sheet(self, customers: Iterable[str], ledger: int, day: int) -> Sheet:
        """Return what customers owe in a ledger on a day, oldest due first; the same whatever order it came in."""
        of_customer, versions = self._of_customer, self._versions
        owing = tuple(sorted([customer for customer in customers if of_customer.get(customer)]))
        key = ledger, owing
        version = sum([versions[customer] for customer in owing])
        known = self._sheets.get(key)
        if known is None or known[:2] != (version, day):
            if known is not None:
                self._held -= known[2].size
            elif self._held > MOST_ON_SHEETS:
                self._sheets, self._held = {}, 0
            sheet = Sheet(self, self._in_order(key), day)
            known = self._sheets[key] = version, day, sheet
            self._held += sheet.size
        return known[2]

    def _in_order(self, key: tuple[int, tuple[str, ...]]) -> np.ndarray:
        """Return customers' documents in a ledger in their order, among them some that have been closed since."""
        ledger, owing = key
        opened = sum([self._opened[customer] for customer in owing])
        known = self._ordered.get(key)
        if known is None or known[0] != opened:
            found = [
                document
                for customer in owing
                for document in self._of_customer[customer]
                if self.ledger[document] == ledger
            ]
            found.sort(key=self.ids.__getitem__)
            documents = np.asarray(found, dtype=np.int64)
            due = np.frombuffer(self.due, dtype=np.int32)[documents]
            issued = np.frombuffer(self.issued, dtype=np.int32)[documents]
            order = np.lexsort((issued, np.where(due == NO_DAY, NEVER, due)))  # stable: of equals by id, see in_order
            if self._ordered_held > MOST_IN_ORDER:
                self._ordered, self._ordered_held = {}, 0
            self._ordered_held += len(found)
            known = self._ordered[key] = opened, documents[order]
        return known[1]

    def in_order(self, document: int) -> tuple[int, int, str]:
        """Return the order of documents: by due date, those without one last, then by date and id."""
        return self.due[document] or NEVER, self.issued[document], self.ids[document]

    def is_open(self, document: int, ledger: int, day: int) -> bool:
        """Return whether a document can take cash of a ledger on a day."""
        return self.open[document] != 0 and self.ledger[document] == ledger and self.issued[document] <= day

    def neighbours(self, customer: str) -> Neighbours:
        """Return a customer's documents by damaged forms of their numbers; made when first asked for."""
        known = self._neighbours.get(customer)
        opened = self._opened.get(customer, 0)
        if known is None or known[0] != opened:
            if self._near_held > MOST_NEIGHBOURS:
                self._neighbours, self._near_held = {}, 0
            owed = sorted(self._of_customer.get(customer, _NONE), key=self.ids.__getitem__)
            known = self._neighbours[customer] = opened, Neighbours(self.numbers, owed)
            self._near_held += len(owed)
        return known[1]

    def density(self, ledger: int, amount: int, equal: int) -> float:
        """Return the log of one over the chance that money for something else has this amount to the cent.

        Amounts spread evenly over their logarithm (four of its units hold most), round ones are more frequent, and
        one that several open documents share is no rarer than they make it.
        """
        chance = 1.0 / (4.0 * max(abs(amount), 1))
        if amount % 100 == 0 and amount % (unit := self._unit[ledger]) == 0:
            chance *= 1_000.0 if amount % (1_000 * unit) == 0 else 200.0 if amount % (100 * unit) == 0 else 20.0
        count = max(self.open_count[ledger], 1)
        return -math.log(min(1.0, max(chance, (equal - 1) / (4.0 * count))))

    def _set_open(self, at: int, open_minor: int) -> None:
        before, ledger = self.open[at], self.ledger[at]
        if self.journal is not None:
            self.journal.append((at, open_minor))
        customer = self.customers[at]
        self._versions[customer] = self._versions.get(customer, 0) + 1
        if before:
            _drop(self._of_amount, before * LEDGERS + ledger, at)
            if self._discounts(at, before):
                _drop(self._of_discounted, (before - self.discount[at]) * LEDGERS + ledger, at)
        if open_minor:
            _add(self._of_amount, open_minor * LEDGERS + ledger, at)
            if self._discounts(at, open_minor):
                _add(self._of_discounted, (open_minor - self.discount[at]) * LEDGERS + ledger, at)
        if open_minor and not before:
            self._of_customer.setdefault(customer, {})[at] = None
            self._opened[customer] = self._opened.get(customer, 0) + 1
            self.open_count[ledger] += 1
        elif before and not open_minor:
            self._of_customer[customer].pop(at, None)
            self.open_count[ledger] -= 1
        self.open[at] = open_minor

    def _discounts(self, at: int, open_minor: int) -> bool:
        return 0 < self.discount[at] < open_minor


_NONE: dict[int, None] = {}


def is_within(applied: int, open_minor: int) -> bool:
    """Return whether an amount can be applied to what is open: same sign, and not more."""
    return 0 <= applied <= open_minor or open_minor <= applied <= 0


def _values(table: dict[int, int | list[int]], key: int) -> tuple[int, ...]:
    known = table.get(key)
    if known is None:
        return ()
    return (known,) if isinstance(known, int) else tuple(known)


def _add(table: dict[int, int | list[int]], key: int, value: int) -> None:
    known = table.get(key)
    if known is None:
        table[key] = value
    elif isinstance(known, int):
        table[key] = [known, value]
    else:
        known.append(value)


def _drop(table: dict[int, int | list[int]], key: int, value: int) -> None:
    known = table.get(key)
    if isinstance(known, list):
        known.remove(value)
        if len(known) == 1:
            table[key] = known[0]
    elif known == value:
        del table[key]
