"""Any receipts, any documents: no cent lost, nothing over-applied, no crash, no order that matters."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from assets.cash_application.engine.book import Book, Entry
from assets.cash_application.engine.matching import Matcher, MatchPolicy
from assets.cash_application.engine.memory import Memory
from assets.cash_application.engine.nouns import Finding, Line, Payment
from assets.cash_application.engine.rounds import cleared, settle_day

DAY = 739_000
AMOUNT = st.one_of(st.integers(1, 40), st.sampled_from((1_000, 2_500, 10_000)), st.integers(1, 10**12))
NUMBER = st.one_of(
    st.from_regex(r"[A-Z]{0,3}-?[0-9]{1,9}(/[0-9]{2})?", fullmatch=True), st.sampled_from(("RE-100001", "RE-100002"))
)
TEXT = st.one_of(st.none(), st.text(max_size=60), NUMBER, st.lists(NUMBER, max_size=4).map(" / ".join))
NAME = st.sampled_from((None, "", "Acme GmbH", "ACME", "Borealis Werke", "ВОСТОК ООО", "\u202eevil", "A" * 300))
DOCUMENT = st.tuples(
    NUMBER, st.sampled_from(("c1", "c2", "c3")), AMOUNT, st.booleans(), st.integers(0, 3), st.integers(0, 60)
)
RECEIPT = st.tuples(
    TEXT, NAME, AMOUNT, st.integers(0, 3), TEXT, st.lists(st.tuples(NUMBER, st.none() | AMOUNT), max_size=3)
)


def play(documents: list, receipts: list) -> tuple[Book, list[Finding], list[tuple[int, int]]]:
    """Settle all receipts on a fresh book; return it, the findings and what was open at first."""
    book, memory = Book(), Memory()
    ledger = book.ledger_of("", "EUR")
    for customer, name in (("c1", "Acme GmbH"), ("c2", "Acme Nord GmbH"), ("c3", "Borealis Werke AG")):
        memory.payers.add_customer(customer, name, "f1" if customer != "c3" else None)
    for place, (number, customer, amount, is_memo, state, age) in sorted(documents):
        signed = -amount if is_memo else amount
        left = 0 if state == 0 else signed // 2 if state == 1 else signed
        book.put(Entry(f"d{place:03}", number, customer, "", "EUR", DAY - age + 5, DAY - age + 20, signed, left,
                       discount=amount // 50 if state == 3 else 0, discount_until=DAY))  # fmt: skip
    before = [(at, book.open[at]) for at in range(len(book))]
    matcher = Matcher(book, memory, MatchPolicy(default_threshold=0.5))
    found: list[Finding] = []
    for day in range(4):
        payments = [
            Payment(f"r{place:03}", DAY + day, amount, ledger, name, None, end, text,
                    tuple(Line(reference, stated, None) for reference, stated in lines))
            for place, (text, name, amount, on, end, lines) in receipts if on == day
        ]  # fmt: skip
        found += settle_day(payments, book, memory, lambda some: [matcher.find(payment) for payment in some])
    return book, found, before


@settings(max_examples=120, deadline=None)
@given(st.lists(DOCUMENT, max_size=12), st.lists(RECEIPT, max_size=8), st.randoms(use_true_random=False))
def test_cash_is_conserved_and_no_order_matters(documents: list, receipts: list, chance) -> None:
    numbered, received = list(enumerate(documents)), list(enumerate(receipts))
    book, findings, before = play(numbered, received)
    taken = dict.fromkeys(range(len(book)), 0)
    for finding in findings:
        for candidate in finding.ranked:
            assert 0 < candidate.applied <= finding.payment.amount
            assert len(set(candidate.documents)) == len(candidate.documents)
        for part in finding.ranked[0].parts if finding.is_certain else ():
            taken[part.document] += cleared(part)
    for document, left in before:
        assert book.open[document] == left - taken[document]
        assert book.open[document] == 0 or (book.open[document] > 0) == (left > 0)
    chance.shuffle(received)
    _, again, _ = play(numbered, received)
    told = sorted((one.payment.receipt_id, one.is_certain, one.stop, one.best and one.best.key) for one in findings)
    assert told == sorted(
        (one.payment.receipt_id, one.is_certain, one.stop, one.best and one.best.key) for one in again
    )
