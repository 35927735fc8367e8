"""Due dates and cash discounts follow payment terms to the day."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from assets.ledger.terms import PaymentTerms, terms_by_code
from tests.close.builders import a_policy

TWO_PERCENT = PaymentTerms("2D10N30", 30, Decimal(2), 10)


def test_a_document_is_due_its_days_after_its_date_also_over_leap_february() -> None:
    assert PaymentTerms("NET30", 30).due_date(date(2028, 1, 31)) == date(2028, 3, 1)


@pytest.mark.parametrize(
    ("paid", "discount"),
    [(date(2026, 1, 10), "2.47"), (date(2026, 1, 11), "2.47"), (date(2026, 1, 12), "0")],
    ids=["a day early", "on the last day", "a day late"],
)
def test_a_discount_is_earned_up_to_its_last_day(paid: date, discount: str) -> None:
    assert TWO_PERCENT.cash_discount(date(2026, 1, 1), paid, Decimal("123.45"), "EUR") == Decimal(discount)


def test_the_seed_reads_as_terms() -> None:
    terms = terms_by_code(a_policy().rows("payment_terms"))
    assert terms["2D10N30"] == TWO_PERCENT
    assert terms["NET15"] == PaymentTerms("NET15", 15)
