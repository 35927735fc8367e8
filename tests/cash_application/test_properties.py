"""Whatever the world looks like: money is conserved, nothing is over-applied, and order does not matter."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from assets.cash_application.decide import decide_cash
from assets.ledger.documents import OpenItem
from assets.ledger.receipts import Receipt
from tests.cash_application.builders import DAY, a_customer, a_receipt, an_item, decide, some_payers

# Few amounts, customers and numbers, so that ties, conflicts and duplicates are the rule and not the exception.
AMOUNTS = st.sampled_from((100, 200, 300, 500, 1_000))
CUSTOMERS = st.sampled_from(("acme", "beta", None))
NUMBERS = tuple(f"MUS-2026-0004{at}" for at in range(8))
TEXTS = st.lists(st.sampled_from((*NUMBERS, "MUS-2026-00099", "00041", "PO-12345", "thanks")), max_size=3).map(" ".join)

items_strategy = st.lists(
    st.builds(
        lambda number, amount, sign, customer, is_closed: (number, 0 if is_closed else amount * sign, customer),
        st.sampled_from(NUMBERS),
        AMOUNTS,
        st.sampled_from((1, 1, 1, -1)),
        CUSTOMERS,
        st.booleans(),
    ),
    max_size=8,
)
receipts_strategy = st.lists(
    st.tuples(TEXTS, AMOUNTS, st.sampled_from((None, "ACC1", "ACC2", "NEW")), st.integers(0, 3), st.booleans()),
    max_size=6,
)


def a_world(
    raw_items: list[tuple[str, int, str | None]], raw_receipts: list[tuple[str, int, str | None, int, bool]]
) -> tuple[list[OpenItem], list[Receipt]]:
    items = [
        an_item(number, amount, customer=customer, key=f"d{at}", purchase_order_number="PO-12345" if at % 3 else None)
        for at, (number, amount, customer) in enumerate(raw_items)
    ]
    receipts = [
        a_receipt(text, amount, key=f"r{at}", account=account, value_date=DAY - timedelta(days=days), is_returned=back)
        for at, (text, amount, account, days, back) in enumerate(raw_receipts)
    ]
    return items, receipts


@settings(max_examples=300, deadline=None, derandomize=True)
@given(items_strategy, receipts_strategy)
def test_money_is_conserved_and_nothing_is_over_applied(raw_items: list, raw_receipts: list) -> None:
    items, receipts = a_world(raw_items, raw_receipts)
    outcomes = decide(receipts, items)
    assert sorted(outcome.receipt_key for outcome in outcomes) == sorted(receipt.receipt_key for receipt in receipts)
    known = some_payers()
    for item in items:
        known.put_document(item)
    for outcome in outcomes:
        applied = sum(application.applied_minor for application in outcome.applications)
        assert applied + outcome.unapplied_minor == outcome.receipt.amount_minor
        assert outcome.unapplied_minor >= 0
        for application in outcome.applications:
            at = known.book.place[application.document_key]
            assert known.book.open[at] != 0, "nothing is applied to a closed document"
            known.book.settle(at, application.applied_minor)  # raises when more than is open
        assert not (outcome.is_applied and outcome.receipt.is_returned)


@settings(max_examples=150, deadline=None, derandomize=True)
@given(items_strategy, receipts_strategy, st.randoms(use_true_random=False))
def test_the_order_of_receipts_and_documents_changes_nothing(raw_items: list, raw_receipts: list, shuffler) -> None:
    items, receipts = a_world(raw_items, raw_receipts)
    customers = (a_customer(), a_customer("beta", "Beta Works LLC"))
    expected = decide(receipts, items, payers=some_payers(*receipts, customers=customers))
    shuffler.shuffle(items)
    shuffler.shuffle(receipts)
    again = decide(receipts, items, payers=some_payers(*receipts, customers=customers[::-1]))
    assert [(o.receipt_key, o.situation) for o in again] == [(o.receipt_key, o.situation) for o in expected]


@settings(max_examples=100, deadline=None, derandomize=True)
@given(items_strategy, receipts_strategy)
def test_deciding_again_after_settling_applies_nothing_twice(raw_items: list, raw_receipts: list) -> None:
    items, receipts = a_world(raw_items, raw_receipts)
    known = some_payers()
    first = decide(receipts, items, payers=known)
    applied_before = {outcome.receipt_key for outcome in first if outcome.is_applied}
    left = {document: known.book.open[at] for document, at in known.book.place.items()}
    for outcome in decide([r for r in receipts if r.receipt_key not in applied_before], [], payers=known):
        for application in outcome.applications:
            assert left[application.document_key] != 0


@settings(max_examples=100, deadline=None, derandomize=True)
@given(items_strategy, receipts_strategy)
def test_a_closed_day_applies_nothing_and_leaves_the_book_as_it_was(raw_items: list, raw_receipts: list) -> None:
    items, receipts = a_world(raw_items, raw_receipts)
    known = some_payers(*receipts)
    for item in items:
        known.put_document(item)
    before = list(known.book.open)
    assert not any(outcome.is_applied for outcome in decide_cash(receipts, known, is_open=False))
    assert list(known.book.open) == before
