"""How could this receipt be applied? The rules of the ladder, each giving its ways, with how many are equally good."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from assets.cash_application import policy as rules
from assets.cash_application.evidence import Book, Evidence
from assets.cash_application.open_items import is_within
from assets.cash_application.payers import PayerBasis, PayerIndex
from assets.cash_application.policy import CashPolicy
from assets.cash_application.references import could_mean, number_key
from assets.cash_application.sums import count_sums, subsets_that_sum
from assets.ledger.documents import OpenItem
from assets.ledger.money import to_minor


@dataclass(frozen=True, slots=True)
class Solution:
    """One way to apply a receipt: documents with the amount each takes; what does not fit stays unapplied."""

    rule: str
    parts: tuple[tuple[OpenItem, int], ...]
    solution_count: int = 1  # how many ways fit equally well
    tied: int = 1  # how many of them are of this rule, none better than another
    reason_code: str | None = None
    evidence: dict[str, Any] = field(default_factory=dict)

    @property
    def items(self) -> tuple[OpenItem, ...]:
        """Return the documents it pays."""
        return tuple(item for item, _ in self.parts)

    @property
    def applied_minor(self) -> int:
        """Return how much of the receipt it uses."""
        return sum(applied for _, applied in self.parts)


def by_reference(evidence: Evidence, book: Book) -> Solution | None:
    """Return the documents the payer names, when they take exactly the receipt: as they stand, or as amounts stated."""
    named, amount = evidence.named, evidence.receipt.amount_minor
    if not named.payable:
        return None
    whole = tuple((item, book.open_minor(item)) for item in named.payable)
    if sum(part for _, part in whole) == amount:
        rule = rules.EXACT_REFERENCE if len(whole) == 1 else rules.LISTED_REFERENCES
        return Solution(rule, whole)
    stated = tuple((item, named.stated.get(item.document_key, 0)) for item in named.payable)
    fits = all(part and is_within(part, book.open_minor(item)) for item, part in stated)
    if len(named.stated) == len(named.payable) and fits and sum(part for _, part in stated) == amount:
        return Solution(rules.LISTED_AMOUNTS, stated)
    return None


def by_payer_and_amount(evidence: Evidence, book: Book, payers: PayerIndex, policy: CashPolicy) -> list[Solution]:
    """Return the payer's documents on which exactly this amount is open; more than one is a tie.

    One document is no unique answer either while others of the payer add up to the same amount.
    """
    if not evidence.payer.is_identified:
        return []
    fitting = [
        item
        for item in book.with_open_amount(evidence.receipt)
        if payers.family_of(item.customer_key) in evidence.payer.families
    ]
    if len(fitting) == 1 and evidence.named.names_nothing:
        owed = book.open_of(payers.members_of(evidence.payer.families), evidence.receipt)
        several = count_sums(
            [book.open_minor(item) for item in owed], evidence.receipt.amount_minor, policy.subset_items
        )
        if several:
            only = _ties(rules.PAYER_AND_AMOUNT, [fitting], book, "SEVERAL_SOLUTIONS")[0]
            return [replace(only, solution_count=1 + several)]
    return _ties(rules.PAYER_AND_AMOUNT, ([item] for item in fitting), book)


def all_others(
    evidence: Evidence, book: Book, payers: PayerIndex, policy: CashPolicy, *, business_date: date
) -> Iterator[Solution]:
    """Yield what only a person may confirm, rule by rule; sums are searched only when nothing is named."""
    named = [*_with_difference(evidence, book, policy), *_near_reference(evidence, book), *_by_order(evidence, book)]
    yield from named
    if evidence.payer.is_identified:
        owed = book.open_of(payers.members_of(evidence.payer.families), evidence.receipt)
        yield from _balances(evidence, owed, book, business_date)
        if not named:
            yield from _subsets(evidence, owed, book, policy)
    elif not evidence.payer.families:
        yield from _by_name(evidence, book, payers)
    if evidence.payer.basis is PayerBasis.UNKNOWN:
        fitting = book.with_open_amount(evidence.receipt)
        if len(fitting) <= policy.maximum_ties:
            yield from _ties(rules.AMOUNT_ONLY, ([item] for item in fitting), book)


def _with_difference(evidence: Evidence, book: Book, policy: CashPolicy) -> Iterator[Solution]:
    """The payer names documents and pays another amount: fill them in the order named, the rest stays unapplied."""
    named, amount = evidence.named, evidence.receipt.amount_minor
    credit_memos = [item for item in named.payable if book.open_minor(item) < 0]
    invoices = [item for item in named.payable if book.open_minor(item) > 0]
    if not invoices:
        return
    left = amount - sum(book.open_minor(item) for item in credit_memos)
    parts = [(item, book.open_minor(item)) for item in credit_memos]
    for item in invoices:
        applied = min(left, book.open_minor(item))
        if applied > 0:
            parts.append((item, applied))
        left -= applied
    due = sum(book.open_minor(item) for item in named.payable)
    if due == amount:
        return
    reason = "SHORT_PAYMENT" if amount < due else "OVERPAYMENT"
    yield Solution(
        rules.NAMED_WITH_DIFFERENCE,
        tuple(parts),
        1,
        1,
        reason,
        {
            "difference_minor": amount - due,
            "difference_looks_like": _difference_kind(evidence, due - amount, due, policy),
        },
    )


def _difference_kind(evidence: Evidence, missing: int, due: int, policy: CashPolicy) -> str:
    """Name what a difference may be; a person decides, nothing is written off here."""
    if missing < 0:
        return "overpayment"
    percents = range(1, int(policy.cash_discount_percent) + 1)
    if any(abs(missing * 100 - due * percent) <= 100 for percent in percents):
        return "cash_discount"
    if missing <= to_minor(policy.bank_fee_amount, evidence.receipt.currency_code):
        return "bank_fee"
    return "short_payment"


def _near_reference(evidence: Evidence, book: Book) -> Iterator[Solution]:
    named = evidence.named
    if not (named.strangers or named.uncertain or named.ambiguous):
        return
    fitting = []
    for item in book.with_open_amount(evidence.receipt):
        key = number_key(item.document_number)
        if key in named.uncertain or key in named.ambiguous or any(could_mean(token, key) for token in named.strangers):
            fitting.append([item])
    reason = "REFERENCE_AMBIGUOUS" if named.ambiguous else None
    yield from _ties(rules.NEAR_REFERENCE, fitting, book, reason)


def _by_order(evidence: Evidence, book: Book) -> Iterator[Solution]:
    items, amount = evidence.named.by_order, evidence.receipt.amount_minor
    if items and sum(book.open_minor(item) for item in items) == amount:
        yield from _ties(rules.ORDER_REFERENCE, [items], book)
    elif len(items) > 1:
        yield from _ties(rules.ORDER_REFERENCE, ([i] for i in items if book.open_minor(i) == amount), book)


def _balances(evidence: Evidence, owed: Sequence[OpenItem], book: Book, business_date: date) -> Iterator[Solution]:
    amount = evidence.receipt.amount_minor
    due = [item for item in owed if item.due_date is not None and item.due_date <= business_date]
    for rule, items in ((rules.WHOLE_BALANCE, owed), (rules.ALL_OVERDUE, due)):
        if len(items) > 1 and sum(book.open_minor(item) for item in items) == amount:
            yield from _ties(rule, [items], book)


def _subsets(evidence: Evidence, owed: Sequence[OpenItem], book: Book, policy: CashPolicy) -> Iterator[Solution]:
    if not 2 < len(owed) <= policy.subset_items:
        return
    found = subsets_that_sum(
        [book.open_minor(item) for item in owed], evidence.receipt.amount_minor, at_most=4 * policy.maximum_ties
    )
    several = [positions for positions in found if len(positions) > 1]
    yield from _ties(rules.SUBSET_SUM, ([owed[at] for at in positions] for positions in several), book)


def _by_name(evidence: Evidence, book: Book, payers: PayerIndex) -> Iterator[Solution]:
    likeness = dict(payers.named_like(evidence.receipt.payer_name, evidence.receipt.legal_entity_id))
    fitting = [[item] for item in book.with_open_amount(evidence.receipt) if item.customer_key in likeness]
    yield from _ties(rules.NAME_AND_AMOUNT, fitting, book)


def _ties(
    rule: str, choices: Iterable[Sequence[OpenItem]], book: Book, reason_code: str | None = None
) -> list[Solution]:
    listed = list(choices)
    return [
        Solution(
            rule,
            tuple((item, book.open_minor(item)) for item in items),
            len(listed),
            len(listed),
            reason_code or ("SEVERAL_SOLUTIONS" if len(listed) > 1 else None),
        )
        for items in listed
    ]
