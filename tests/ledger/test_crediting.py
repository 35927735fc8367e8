"""Credit memos never exceed what was billed, however an invoice is cut into them."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assets.ledger.crediting import (
    Credit,
    Credited,
    CreditedCharge,
    CreditExceedsInvoiceError,
    credit_charges,
    credit_of,
)
from assets.ledger.decision import ActorKind
from assets.ledger.documents import DocumentLine, Draft, totals
from assets.ledger.money import ZERO, from_minor, minor_unit
from assets.ledger.one_invoice import one_invoice_of
from assets.ledger.parties import LegalEntity

ENTITY = LegalEntity("MUS", "Meridian US Inc", "US", "USD", "UTC", "openitem", "MUS")


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


@given(
    prices=st.lists(st.integers(1, 10**6), min_size=2, max_size=5),
    parts=st.lists(st.tuples(st.integers(0, 4), st.integers(1, 100)), max_size=6),
    tax_rate=st.sampled_from(["0", "0.07", "0.19"]),
)
def test_cat_48_one_memo_of_all_charges_and_memos_of_single_ones_add_up_to_their_invoice(
    prices: list[int], parts: list[tuple[int, int]], tax_rate: str
) -> None:
    drafts = [
        replace(an_invoice(from_minor(minor, "EUR"), tax_rate), billing_key=f"k{n}") for n, minor in enumerate(prices)
    ]
    invoice = one_invoice_of(drafts)
    before = dict.fromkeys(invoice.billing_keys, Credited())
    charges = {part.billing_key: part for part in invoice.parts}
    for which, share in parts:
        key = f"k{which}"
        part = (charges[key].net_amount * share / 100).quantize(minor_unit("EUR")) if key in charges else ZERO
        if ZERO < part <= charges.get(key, drafts[0]).net_amount - before.get(key, Credited()).net_amount:
            before[key] = credited(before[key], credit_of(charges[key], "MUS-1", before[key], part))
    left = [
        CreditedCharge(charge, credit_of(charge, "MUS-1", before[key]), before[key])
        for key, charge in charges.items()
        if before[key].net_amount < charge.net_amount
    ]
    if not left:
        return
    memo, *others = credit_charges(
        invoice.as_draft, ENTITY, left, document_key="d", document_number="MUS-1", credit_memo_date=date(2026, 3, 2),
        actor_kind=ActorKind.PERSON, actor="anna", reason_code="CREDIT_REISSUE", bills_again=True,
    )  # fmt: skip
    assert [memo.number_series, *(other.number_series for other in others)] == ["MUSC-2026"] + [None] * len(others)
    for name in ("net_amount", "tax_amount", "total_amount"):
        earlier = sum((getattr(each, name, each.net_amount + each.tax_amount) for each in before.values()), ZERO)
        assert earlier + Decimal(memo.payload[name]) == getattr(invoice, name)
    assert sum(Decimal(line["net_amount"]) for line in memo.payload["lines"]) == Decimal(memo.payload["net_amount"])
