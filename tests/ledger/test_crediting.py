"""Credit memos never exceed what was billed, however an invoice is cut into them."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assets.ledger.crediting import Credit, Credited, CreditExceedsInvoiceError, credit_of
from assets.ledger.documents import DocumentLine, Draft, totals
from assets.ledger.money import ZERO, from_minor, minor_unit


def an_invoice(net: Decimal, tax_rate: str = "0.19", currency_code: str = "EUR") -> Draft:
    lines = (DocumentLine.priced(1, "Care", Decimal(1), net, currency_code),)
    net_amount, tax, total = totals(lines, Decimal(tax_rate), currency_code)
    return Draft(
        "contract|CT-1|1|2026-03-01|retainer", "retainer", "MUS", "acme", "CT-1", 1, None, currency_code, lines,
        "DE19", Decimal(tax_rate), net_amount, tax, total, "NET30", 30, None, None, None,
        datetime(2026, 3, 1, tzinfo=UTC), date(2026, 3, 1),
    )  # fmt: skip


def credited(before: Credited, credit: Credit) -> Credited:
    return Credited(before.net_amount + credit.net_amount, before.tax_amount + credit.tax_amount, before.count + 1)


@given(
    minor=st.integers(1, 10**9),
    shares=st.lists(st.integers(1, 100), max_size=7),
    currency_code=st.sampled_from(["EUR", "JPY", "KWD"]),
    tax_rate=st.sampled_from(["0", "0.07", "0.19", "0.2"]),
)
def test_cat_48_credit_memos_of_any_parts_never_add_up_to_more_than_the_invoice(
    minor: int, shares: list[int], currency_code: str, tax_rate: str
) -> None:
    invoice = an_invoice(from_minor(minor, currency_code), tax_rate, currency_code)
    before = Credited()
    for share in shares:
        part = (invoice.net_amount * share / 100).quantize(minor_unit(currency_code))
        if not ZERO < part <= invoice.net_amount - before.net_amount:
            continue
        credit = credit_of(invoice, "MUS-1", before, part)
        assert credit.tax_amount >= 0
        before = credited(before, credit)
        assert before.net_amount + before.tax_amount <= invoice.total_amount
    if before.net_amount < invoice.net_amount:
        before = credited(before, credit_of(invoice, "MUS-1", before))
    assert (before.net_amount, before.tax_amount) == (invoice.net_amount, invoice.tax_amount)


@pytest.mark.parametrize("asked", ["100.01", "0.00", "-1.00", "0.005"])
def test_no_more_than_is_left_and_nothing_below_a_cent_is_credited(asked: str) -> None:
    with pytest.raises(CreditExceedsInvoiceError, match="is left of it"):
        credit_of(an_invoice(Decimal("100.00")), "MUS-1", Credited(), Decimal(asked))


def test_an_invoice_credited_in_full_has_nothing_left_to_credit() -> None:
    invoice = an_invoice(Decimal("334.99"))
    whole = credited(Credited(), credit_of(invoice, "MUS-1", Credited()))
    with pytest.raises(CreditExceedsInvoiceError):
        credit_of(invoice, "MUS-1", whole)
