"""Charges approved together become one invoice where policy says so, and never lose or gain a cent or a charge."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assets.invoicing.consolidating import BillingGroups, consolidate
from assets.invoicing.documents.bundle import electronic_forms
from assets.invoicing.documents.issued_invoice import issued_invoice
from assets.invoicing.documents.validation import is_valid, validate
from assets.ledger.crediting import Credited, credit_of
from assets.ledger.decision import ActorKind
from assets.ledger.documents import DocumentDoesNotAddUpError, DocumentLine, Draft, totals
from assets.ledger.issuing import issue_invoice
from assets.ledger.money import ZERO, minor_digits, tax_amount
from assets.ledger.one_invoice import ConsolidatedInvoice, NotOneInvoiceError, charges_billed, one_invoice_of
from tests.close.builders import a_policy
from tests.invoicing.documents.builders import EUROPE, GERMAN

NUMBERS = {"acme": "mus:acme", "bolt": "mus:bolt"}
TOGETHER = BillingGroups.of_rows([
    {"legal_entity_id": "MUS", "customer_number": "*", "is_billed_together": "true"},
    {"legal_entity_id": "MUS", "customer_number": "mus:bolt", "is_billed_together": "false"},
])  # fmt: skip
APART = BillingGroups.of_rows(a_policy().rows("billing_groups"))


def a_draft(
    key: str = "contract|CT-1|1|2026-03-01|retainer",
    prices: tuple[str, ...] = ("10.00",),
    *,
    rate: str = "0.19",
    currency: str = "EUR",
    **changes: Any,
) -> Draft:
    lines = tuple(
        DocumentLine.priced(at, "Care", Decimal(1), Decimal(price), currency) for at, price in enumerate(prices, 1)
    )
    net, tax, total = totals(lines, Decimal(rate), currency)
    made = Draft(
        billing_key=key,
        charge_kind="retainer",
        legal_entity_id="MUS",
        customer_key="acme",
        contract_id="CT-1",
        contract_line_number=1,
        order_number=None,
        currency_code=currency,
        lines=lines,
        tax_code="DE19",
        tax_rate=Decimal(rate),
        net_amount=net,
        tax_amount=tax,
        total_amount=total,
        terms_code="NET30",
        due_days=30,
        purchase_order_number=None,
        period_start=None,
        period_end=None,
        trigger_at=datetime(2026, 3, 1, tzinfo=UTC),
        triggered_date=date(2026, 3, 1),
    )
    return replace(made, **changes)


def keys_of(invoices: list[ConsolidatedInvoice]) -> list[tuple[str, ...]]:
    return [invoice.billing_keys for invoice in invoices]


@st.composite
def drafts(draw: st.DrawFn) -> list[Draft]:
    currency = draw(st.sampled_from(["JPY", "EUR", "KWD"]))
    rate = draw(st.sampled_from(["0", "0.07", "0.19", "0.0825", "0.2"]))
    price = st.decimals(0, 10**6, places=minor_digits(currency)).map(str)
    made = []
    for number in range(draw(st.integers(1, 8))):
        prices = tuple(draw(st.lists(price, min_size=1, max_size=4)))
        made.append(
            a_draft(
                f"contract|CT-{number}|1|2026-03-01|retainer",
                prices,
                rate=rate,
                currency=currency,
                customer_key=draw(st.sampled_from(["acme", "bolt", "unnumbered"])),
                terms_code=draw(st.sampled_from(["NET30", "NET15"])),
                purchase_order_number=draw(st.sampled_from([None, "PO-1"])),
                triggered_date=draw(st.sampled_from([date(2026, 3, 1), date(2026, 3, 31), date(2026, 4, 1)])),
            )
        )
    return made


@given(drafts(), st.randoms(use_true_random=False))
def test_every_charge_is_on_exactly_one_invoice_and_lines_and_taxes_are_its_total(made: list[Draft], rng: Any) -> None:
    told = [*made, *made[: len(made) // 2]]
    rng.shuffle(told)
    invoices = consolidate(told, TOGETHER, NUMBERS)
    assert sorted(key for invoice in invoices for key in invoice.billing_keys) == [each.billing_key for each in made]
    assert invoices == consolidate(made, TOGETHER, NUMBERS)
    for invoice in invoices:
        first = invoice.parts[0]
        nets = [line.net_amount for line in invoice.lines]
        assert [line.line_number for line in invoice.lines] == list(range(1, len(nets) + 1))
        assert invoice.tax_amount == tax_amount(nets, first.tax_rate, first.currency_code)
        assert invoice.total_amount == sum(nets, ZERO) + invoice.tax_amount
        assert sum((part.net_amount for part in invoice.parts), ZERO) == invoice.net_amount
        assert sum((part.tax_amount for part in invoice.parts), ZERO) == invoice.tax_amount
        assert all(part.tax_amount >= 0 for part in invoice.parts)


@given(drafts())
def test_crediting_every_charge_of_an_invoice_credits_the_invoice_and_no_more(made: list[Draft]) -> None:
    for invoice in consolidate(made, TOGETHER, NUMBERS):
        credited = ZERO
        for part in invoice.parts:
            if part.net_amount > 1:
                first = credit_of(part, "MUS-1", Credited(), Decimal(1))
                rest = credit_of(part, "MUS-1", Credited(first.net_amount, first.tax_amount, 1))
                credited += first.total_amount + rest.total_amount
            elif part.net_amount > 0:
                credited += credit_of(part, "MUS-1", Credited()).total_amount
        assert credited == invoice.total_amount


@given(drafts())
def test_without_the_policy_each_charge_has_the_invoice_it_always_had(made: list[Draft]) -> None:
    invoices = consolidate(made, APART, NUMBERS)
    assert [invoice.parts for invoice in invoices] == [(draft,) for draft in made]
    assert all(invoice.total_amount == invoice.parts[0].total_amount for invoice in invoices)


def test_parts_of_a_cent_are_rounded_once_for_the_invoice_and_not_once_per_charge() -> None:
    made = [a_draft(f"contract|CT-{number}|1|2026-03-01|retainer", ("0.13",)) for number in range(3)]
    assert [draft.tax_amount for draft in made] == [Decimal("0.02")] * 3
    [invoice] = consolidate(made, TOGETHER, NUMBERS)
    assert [part.tax_amount for part in invoice.parts] == [Decimal("0.02"), Decimal("0.03"), Decimal("0.02")]
    assert invoice.total_amount == Decimal("0.46")


@pytest.mark.parametrize(
    ("changes", "count"),
    [
        ({}, 1),
        ({"customer_key": "bolt"}, 2),
        ({"currency_code": "USD"}, 2),
        ({"legal_entity_id": "MEU"}, 2),
        ({"terms_code": "NET60", "due_days": 60}, 2),
        ({"tax_code": "DE0"}, 2),
        ({"tax_category": "AE"}, 2),
        ({"purchase_order_number": "PO-2"}, 2),
        ({"triggered_date": date(2026, 4, 1)}, 2),
        ({"triggered_date": date(2026, 3, 31), "charge_kind": "usage"}, 1),
    ],
    ids=[
        "alike",
        "customer",
        "currency",
        "entity",
        "terms",
        "tax",
        "tax category",
        "purchase order",
        "month",
        "day and kind",
    ],
)
def test_what_an_invoice_says_once_keeps_charges_apart(changes: dict[str, Any], count: int) -> None:
    other = replace(a_draft("order|SO-1|SHP-1|goods"), **changes)
    assert len(consolidate([a_draft(), other], TOGETHER, NUMBERS)) == count


def test_a_customer_s_own_row_wins_and_nobody_is_billed_together_by_default() -> None:
    made = [a_draft(customer_key="bolt"), a_draft("order|SO-1|SHP-1|goods", customer_key="bolt")]
    assert keys_of(consolidate(made, TOGETHER, NUMBERS)) == [(draft.billing_key,) for draft in made]
    assert not BillingGroups({}).bills_together("MUS", "mus:acme")
    assert not any(APART.bills_together(entity, None) for entity in ("MEU", "MUS"))


def test_an_illegal_invoice_cannot_be_built() -> None:
    draft = a_draft()
    with pytest.raises(NotOneInvoiceError, match="named twice"):
        one_invoice_of([draft, draft])
    with pytest.raises(NotOneInvoiceError, match="differ in customer"):
        one_invoice_of([draft, a_draft("order|SO-1|SHP-1|goods", customer_key="bolt")])
    with pytest.raises(DocumentDoesNotAddUpError, match="add up"):
        replace(one_invoice_of([draft]), total_amount=Decimal("1.00"))


@pytest.mark.parametrize(
    "kinds", [("retainer", "goods"), ("goods", "goods"), ("retainer", "retainer"), ("milestone", "goods", "usage")]
)
def test_the_one_document_of_several_charges_is_valid_under_the_official_rules(kinds: tuple[str, ...]) -> None:
    made = []
    for at, kind in enumerate(kinds, start=1):
        has_period = kind in {"retainer", "usage"}
        key = f"order|SO-{at}|SHP-{at}|goods" if kind == "goods" else f"contract|CT-{at}|1|2026-03-01|{kind}"
        period = (date(2026, 3, 1), date(2026, 3, 31)) if has_period else (None, None)
        ids = {"contract_id": None, "contract_line_number": None, "order_number": f"SO-{at}"} if kind == "goods" else {}
        draft = a_draft(key, ("0.13", "19.99"), charge_kind=kind, legal_entity_id="MEU", **ids)
        made.append(replace(draft, period_start=period[0], period_end=period[1]))
    invoice = one_invoice_of(sorted(made, key=lambda draft: draft.billing_key))
    issued = issue_invoice(
        invoice.as_draft,
        a_policy().legal_entities()["MEU"],
        invoice_date=date(2026, 3, 31),
        actor_kind=ActorKind.PERSON,
        actor="anna",
        charges=invoice.parts,
    )
    assert charges_billed(issued.payload) == invoice.parts
    document = issued_invoice({**issued.payload, "document_number": "MEU-2026-00001"}, EUROPE, GERMAN)
    assert document.totals.payable_amount == invoice.total_amount
    for form in electronic_forms(document):
        assert is_valid(validate(form)), validate(form)
