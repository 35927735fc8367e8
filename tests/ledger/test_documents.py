"""Documents add up, and their numbers have one text each."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from assets.ledger.documents import DocumentDoesNotAddUpError, DocumentLine, Draft, draft_of, plain, totals
from assets.ledger.keys import document_key, surrogate_key


def a_draft() -> Draft:
    lines = (
        DocumentLine.priced(1, "Valve", Decimal(3), Decimal("19.99"), "EUR", "SKU-1"),
        DocumentLine.priced(2, "Calls", Decimal("1234"), Decimal("0.0125"), "EUR"),
    )
    net, tax, total = totals(lines, Decimal("0.19"), "EUR")
    return Draft(
        billing_key="order|SO-1|SHP-1|goods",
        charge_kind="goods",
        legal_entity_id="MEU",
        customer_key="acme",
        contract_id=None,
        contract_line_number=None,
        order_number="SO-1",
        currency_code="EUR",
        lines=lines,
        tax_code="DE19",
        tax_rate=Decimal("0.19"),
        net_amount=net,
        tax_amount=tax,
        total_amount=total,
        terms_code="NET30",
        due_days=30,
        purchase_order_number=None,
        period_start=None,
        period_end=None,
        trigger_at=datetime(2026, 1, 5, 9, 30, tzinfo=UTC),
        triggered_date=date(2026, 1, 5),
    )


def test_tax_is_computed_once_on_the_sum_of_the_lines() -> None:
    draft = a_draft()
    assert (draft.net_amount, draft.tax_amount, draft.total_amount) == (
        Decimal("75.40"),
        Decimal("14.33"),
        Decimal("89.73"),
    )


def test_a_draft_comes_back_from_its_record_unchanged() -> None:
    assert draft_of(a_draft().as_payload()) == a_draft()


def test_a_draft_whose_total_is_entered_by_hand_cannot_be_built() -> None:
    with pytest.raises(DocumentDoesNotAddUpError, match=r"add up to 89\.73"):
        replace(a_draft(), total_amount=Decimal("89.74"))


@pytest.mark.parametrize(
    ("value", "text"),
    [("10", "10.00"), ("0.0125", "0.0125"), ("1E+3", "1000.00"), ("-5.100", "-5.10"), ("0", "0.00"), ("-0", "-0.00")],
)
def test_a_number_has_one_text(value: str, text: str) -> None:
    assert plain(Decimal(value)) == text


def test_keys_do_not_collide_by_joining_and_absent_is_empty() -> None:
    assert surrogate_key("ab", "c") != surrogate_key("a", "bc")
    assert surrogate_key("a", None) == surrogate_key("a", "")
    assert document_key("openitem", "MUS", "MUS-2026-00001") == surrogate_key("openitem", "MUS", "MUS-2026-00001")
