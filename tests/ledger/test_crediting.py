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
    NotByQuantityError,
    QuantityExceedsInvoiceError,
    credit_charges,
    credit_of,
    lines_credited,
)
from assets.ledger.decision import ActorKind
from assets.ledger.documents import DocumentLine, Draft, totals
from assets.ledger.money import ZERO, from_minor, minor_unit, round_to_minor_unit
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


def an_invoice_of(*sold: tuple[str, str], discount_percent: str = "0", currency_code: str = "EUR") -> Draft:
    """Return an invoice of lines of (quantity, unit price), less a discount."""
    lines = [
        DocumentLine.priced(at, f"Licence {at}", Decimal(quantity), Decimal(price), currency_code)
        for at, (quantity, price) in enumerate(sold, start=1)
    ]
    net = sum((line.net_amount for line in lines), ZERO)
    discount = round_to_minor_unit(net * Decimal(discount_percent) / 100, currency_code)
    if discount:
        lines.append(DocumentLine.priced(len(lines) + 1, "Discount", Decimal(-1), discount, currency_code))
    net_amount, tax, total = totals(lines, Decimal("0.19"), currency_code)
    whole = an_invoice(Decimal(1), "0.19", currency_code)
    return replace(whole, lines=tuple(lines), net_amount=net_amount, tax_amount=tax, total_amount=total)


def by_quantity(invoice: Draft, before: Credited, quantities: dict[int, Decimal]) -> tuple[Credit, Credited]:
    """Return the credit of quantities, and what is credited with it in all."""
    lines = lines_credited(invoice, "MUS-1", before, quantities)
    credit = credit_of(invoice, "MUS-1", before, sum((line.net_amount for line in lines), ZERO))
    named = {number: before.quantities.get(number, ZERO) + asked for number, asked in quantities.items()}
    return credit, replace(credited(before, credit), quantities={**before.quantities, **named})


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


def test_ten_of_forty_discounted_licences_were_credited_at_more_than_they_were_billed_at() -> None:
    invoice = an_invoice_of(("40", "18.50"), discount_percent="10")
    assert invoice.net_amount == Decimal("666.00")
    lines = lines_credited(invoice, "MUS-1", Credited(), {1: Decimal(10)})
    assert [(line.quantity, line.unit_price, line.net_amount) for line in lines] == [
        (Decimal(10), Decimal("18.50"), Decimal("185.00")),
        (Decimal(-1), Decimal("18.50"), Decimal("-18.50")),
    ]
    credit, before = by_quantity(invoice, Credited(), {1: Decimal(10)})
    assert credit.net_amount == Decimal("166.50")
    assert CreditedCharge(invoice, credit, Credited(), lines).quantities == {"quantities": {"1": "10.00"}}
    rest, _ = by_quantity(invoice, before, {1: Decimal(30)})
    assert rest.net_amount == Decimal("499.50")


def test_the_last_unit_of_a_price_that_does_not_end_was_refused() -> None:
    invoice, before, nets = an_invoice_of(("3", "66.667")), Credited(), []
    for _ in range(3):
        credit, before = by_quantity(invoice, before, {1: Decimal(1)})
        nets.append(credit.net_amount)
    assert nets == [Decimal("66.67"), Decimal("66.66"), Decimal("66.67")]
    assert (before.net_amount, before.tax_amount) == (invoice.net_amount, invoice.tax_amount)


def test_after_an_amount_only_amounts_are_credited_because_nobody_knows_what_a_unit_costs() -> None:
    invoice = an_invoice_of(("10", "10"))
    cheaper = credited(Credited(), credit_of(invoice, "MUS-1", Credited(), Decimal(30)))
    with pytest.raises(NotByQuantityError, match="Credit an amount"):
        lines_credited(invoice, "MUS-1", cheaper, {1: Decimal(7)})
    assert credit_of(invoice, "MUS-1", cheaper, Decimal(49)).net_amount == Decimal(49)


def test_no_quantity_is_credited_where_something_was_deducted_that_no_discount_explains() -> None:
    invoice = an_invoice_of(("10", "10"), discount_percent="10")
    lines = (invoice.lines[0], replace(invoice.lines[1], description="Voucher"))
    with pytest.raises(NotByQuantityError, match="`Voucher` is deducted"):
        lines_credited(replace(invoice, lines=lines), "MUS-1", Credited(), {1: Decimal(1)})


@pytest.mark.parametrize("asked", ["NaN", "Infinity", "1e30", "-1"])
def test_what_is_no_quantity_or_amount_is_refused_not_computed_with(asked: str) -> None:
    invoice = an_invoice_of(("10", "10"), discount_percent="10")
    with pytest.raises(QuantityExceedsInvoiceError):
        lines_credited(invoice, "MUS-1", Credited(), {1: Decimal(asked)})
    with pytest.raises(CreditExceedsInvoiceError):
        credit_of(invoice, "MUS-1", Credited(), Decimal(asked))


@given(
    sold=st.lists(st.tuples(st.integers(1, 12), st.decimals("0.001", "99", places=3)), min_size=1, max_size=3),
    discount_percent=st.sampled_from(["0", "2.5", "10", "33.333", "90"]),
    currency_code=st.sampled_from(["EUR", "JPY", "KWD"]),
    wanted=st.lists(st.tuples(st.integers(1, 3), st.integers(1, 4)), max_size=10),
)
def test_credits_unit_by_unit_come_to_one_credit_at_once_and_to_no_more_than_was_billed(
    sold: list[tuple[int, Decimal]], discount_percent: str, currency_code: str, wanted: list[tuple[int, int]]
) -> None:
    invoice = an_invoice_of(
        *((str(quantity), str(price)) for quantity, price in sold),
        discount_percent=discount_percent, currency_code=currency_code,
    )  # fmt: skip
    before, waiting = Credited(), dict.fromkeys(range(1, len(sold) + 1), ZERO)
    every = [(number, quantity) for number, (quantity, _) in enumerate(sold, start=1)]
    for number, quantity in [*wanted, *every]:
        for _ in range(quantity):
            named = before.quantities.get(number, ZERO) + waiting.get(number, ZERO)
            if number > len(sold) or named == sold[number - 1][0]:
                break
            waiting[number] += 1
            asked = {line: units for line, units in waiting.items() if units}
            if not sum((line.net_amount for line in lines_credited(invoice, "MUS-1", before, asked)), ZERO):
                continue  # not a whole cent yet: it is credited with the next unit
            credit, before = by_quantity(invoice, before, asked)
            assert credit.net_amount > 0
            assert credit.tax_amount >= 0
            waiting = dict.fromkeys(waiting, ZERO)
            at_once, _ = by_quantity(invoice, Credited(), dict(before.quantities))
            assert (before.net_amount, before.tax_amount) == (at_once.net_amount, at_once.tax_amount)
    assert (before.net_amount, before.tax_amount) == (invoice.net_amount, invoice.tax_amount)
