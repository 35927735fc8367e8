"""What is open, the same whatever way it came to be so."""

from __future__ import annotations

import pytest

from assets.cash_application.engine.texts import read_text
from tests.cash_application.engine.worlds import DAY, a_matcher, a_payment, an_entry, paid_by


def test_documents_of_one_amount_came_in_the_order_in_which_they_came_to_have_it() -> None:
    straight, roundabout = (a_matcher(an_entry("RE-1000", 5_000), an_entry("RE-2000", 5_000)) for _ in range(2))
    roundabout.book.set_open(0, 4_000)
    roundabout.book.set_open(0, 5_000)
    assert roundabout.book.with_amount(0, 5_000) == straight.book.with_amount(0, 5_000) == (0, 1)


def test_a_document_that_moved_to_another_customer_stayed_on_the_sheet_of_the_one_before() -> None:
    entries = [an_entry(f"RE-{at}", amount) for at, amount in ((1000, 10_457), (2000, 20_951), (3000, 31_007))]
    matcher = a_matcher(*entries, accounts={"DE1": "acme"})
    both = a_payment("danke", 10_457 + 20_951, account="DE1")
    assert paid_by(matcher.find(both), matcher) == [("RE-1000", 10_457), ("RE-2000", 20_951)]
    matcher.book.put(an_entry("RE-2000", 20_951, customer="other"))
    assert matcher.book.sheet(["acme"], 0, DAY).documents.tolist() == [0, 2]
    assert not matcher.find(both).is_certain


def test_a_purchase_order_number_that_came_later_was_never_found() -> None:
    matcher = a_matcher(an_entry("RE-1000"), an_entry("RE-2000", 77_777))
    matcher.book.put(an_entry("RE-1000", purchase_order="PO-4500017"))
    finding = matcher.find(a_payment("Ihre Bestellung PO-4500017", name="Jemand"))
    assert (paid_by(finding, matcher), finding.is_certain) == ([("RE-1000", 123_456)], True)
    assert matcher.book.orders[0] > 0


def test_a_paid_document_whose_amount_was_corrected_was_still_paid_with_the_old_one() -> None:
    book = a_matcher(an_entry("RE-1000", 5_000, open_minor=0)).book
    book.put(an_entry("RE-1000", 6_000, open_minor=0))
    assert (book.closed_with_amount(0, 5_000), book.closed_with_amount(0, 6_000)) == ((), (0,))


def test_a_document_that_moved_to_another_currency_was_counted_where_it_was() -> None:
    book = a_matcher(an_entry("RE-1000", 5_000)).book
    book.put(an_entry("RE-1000", 5_000)._replace(currency_code="USD"))
    assert (book.count, book.open_count) == ([0, 1], [0, 1])


@pytest.mark.parametrize("text", ["Lieferschein LS-80017", "DELIVERY 80018", "LS 80019 danke"])
def test_an_invoice_is_found_by_each_of_the_deliveries_it_bills(text: str) -> None:
    matcher = a_matcher(
        an_entry("RE-1000", deliveries="LS-80017 LS-80018, LS-80019"), an_entry("RE-2000", deliveries="LS-80020")
    )
    finding = matcher.find(a_payment(text, name="Jemand"))
    assert paid_by(finding, matcher) == [("RE-1000", 123_456)]
    assert "reference_order" in [reason.evidence for reason in finding.ranked[0].reasons]


def test_a_delivery_that_left_after_the_invoice_is_found_from_then_on() -> None:
    matcher = a_matcher(an_entry("RE-1000"), an_entry("RE-2000"))
    matcher.book.put(an_entry("RE-2000", deliveries="LS-80020"))
    finding = matcher.find(a_payment("LS-80020", name="Jemand"))
    assert paid_by(finding, matcher) == [("RE-2000", 123_456)]


def test_documents_like_a_number_came_in_the_order_in_which_they_were_opened() -> None:
    straight, reopened = (a_matcher(an_entry("RE-10004"), an_entry("RE-20004")) for _ in range(2))
    reopened.book.set_open(0, 0)
    reopened.book.set_open(0, 123_456)
    tokens = read_text("30004").tokens
    found = [list(matcher.book.neighbours("acme").of(tokens, matcher.book.open)) for matcher in (straight, reopened)]
    assert found == [[0, 1], [0, 1]]
