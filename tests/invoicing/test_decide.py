"""Charges become drafts on the day they are due and known, each once, priced and taxed by the one rule."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from assets.close.replay import apply_decision
from assets.invoicing.decide import compare_drafts, draft_charges, invoicing_findings
from assets.invoicing.policy import InvoicingPolicy
from assets.ledger.day import DayState, Fact
from assets.ledger.decision import Decision
from tests.close.builders import (
    a_contract_line,
    a_customer,
    a_frame_agreement,
    a_milestone,
    a_policy,
    a_shipment,
    an_invoice,
    an_order,
    an_order_line,
    day,
    some_usage,
)
from tests.ledger.test_day import a_state

POLICY = InvoicingPolicy.from_policy(a_policy())


def drafts_on(on: date, *facts: Fact) -> dict[str, Decision]:
    return {d.subject_key: d for d in draft_charges(a_state(*facts), POLICY, business_date=on)}


@pytest.mark.parametrize(
    ("in_advance", "frequency", "on", "periods"),
    [
        (True, "monthly", date(2026, 3, 1), 1),
        (True, "monthly", date(2026, 3, 31), 1),
        (True, "monthly", date(2026, 4, 1), 2),
        (False, "monthly", date(2026, 3, 31), 0),
        (False, "monthly", date(2026, 4, 1), 1),
        (True, "quarterly", date(2026, 5, 31), 1),
        (True, "quarterly", date(2026, 6, 1), 2),
        (False, "quarterly", date(2026, 6, 1), 1),
    ],
)
def test_a_retainer_is_due_at_the_start_or_after_the_end_of_its_period(
    in_advance: bool, frequency: str, on: date, periods: int
) -> None:
    line = a_contract_line(is_billed_in_advance=in_advance, billing_frequency=frequency)
    assert len(drafts_on(on, line)) == periods


def test_periods_of_an_old_contract_from_before_go_live_are_not_drafted() -> None:
    state = a_state(a_contract_line(start_date=date(2024, 3, 1)))
    state.first_date = date(2026, 3, 2)
    drafts = draft_charges(state, POLICY, business_date=date(2026, 4, 1))
    assert [draft.subject_key.split("|")[3] for draft in drafts] == [
        "2026-01-01",
        "2026-02-01",
        "2026-03-01",
        "2026-04-01",
    ]


def test_a_retainer_ends_with_its_contract() -> None:
    line = a_contract_line(end_date=date(2026, 4, 30))
    assert len(drafts_on(date(2026, 9, 1), line)) == 2


@pytest.mark.parametrize(
    ("quantity", "net"),
    [(900, None), (1000, None), (1001, "0.01"), (5000, "50.00")],
    ids=["within what is included", "exactly included", "one more", "more"],
)
def test_usage_bills_what_exceeds_the_included_quantity(quantity: int, net: str | None) -> None:
    drafts = drafts_on(date(2026, 4, 1), a_contract_line("usage"), some_usage(quantity, on=day(3), known=day(4)))
    assert [draft.payload["net_amount"] for draft in drafts.values()] == ([net] if net else [])


def test_usage_that_becomes_known_after_the_billing_day_is_not_billed_silently() -> None:
    late = some_usage(9000, on=day(30), known=date(2026, 4, 2))
    assert drafts_on(date(2026, 4, 5), a_contract_line("usage"), late) == {}
    assert [f.reason_code for f in invoicing_findings(a_state(a_contract_line("usage"), late))] == [
        "USAGE_AFTER_BILLING"
    ]


def test_a_milestone_waits_for_its_contract() -> None:
    assert drafts_on(day(5), a_milestone()) == {}
    assert list(drafts_on(day(5), a_contract_line("milestone"), a_milestone())) == ["contract|CT-1|1|M1|milestone"]


def test_goods_are_billed_as_shipped_at_order_prices_with_tax() -> None:
    facts: list[Fact] = [
        a_customer(entity="MEU"),
        a_frame_agreement(entity="MEU"),
        an_order(entity="MEU"),
        an_order_line(),
        a_shipment(quantity=Decimal(7)),
    ]
    [draft] = drafts_on(day(4), *facts).values()
    assert (draft.payload["net_amount"], draft.payload["tax_amount"], draft.payload["total_amount"]) == (
        "70.00",
        "13.30",
        "83.30",
    )
    assert (draft.payload["terms_code"], draft.payload["due_days"]) == ("NET15", 15)


def test_a_voided_shipment_bills_nothing() -> None:
    facts = [a_customer(), a_frame_agreement(), an_order(), an_order_line(), a_shipment(is_voided=True)]
    assert drafts_on(day(4), *facts) == {}


@pytest.mark.parametrize(
    ("facts", "reason"),
    [
        ([a_frame_agreement(), an_order()], None),
        ([an_order(), a_frame_agreement("somebody else")], "AGREEMENT_MISSING"),
        ([a_frame_agreement(is_purchase_order_required=True), an_order()], "PO_NUMBER_MISSING"),
        ([a_frame_agreement(is_purchase_order_required=True), an_order(purchase_order_number="PO-1")], None),
        ([a_frame_agreement(), an_order(tax_code="XX")], "TAX_CODE_UNKNOWN"),
        ([a_frame_agreement(), an_order(terms_code="NET90")], "TERMS_DIFFER_FROM_AGREEMENT"),
    ],
    ids=[
        "nothing", "no agreement", "purchase order missing", "purchase order there", "no rate for the tax code",
        "other terms on the order than the invoice would carry",
    ],
)  # fmt: skip
def test_what_blocks_a_draft(facts: list[Fact], reason: str | None) -> None:
    [draft] = drafts_on(day(4), a_customer(), *facts, an_order_line(), a_shipment()).values()
    assert (draft.kind, draft.reason_code) == ("draft_blocked" if reason else "draft_created", reason)


def test_running_the_generator_fifty_times_makes_one_draft() -> None:
    state = a_state(a_contract_line())
    made = 0
    for _ in range(50):
        for decision in draft_charges(state, POLICY, business_date=day(1)):
            apply_decision(state, decision)
            made += 1
    assert made == 1


def test_a_charge_that_accounting_billed_before_go_live_is_not_billed_here_again() -> None:
    key = "contract|CT-1|1|2026-03-01|retainer"
    billed = an_invoice("US-1", "900.00", entity="MUS", billing_key=key)
    assert drafts_on(day(1), a_contract_line(), billed) == {}
    assert list(drafts_on(day(1), a_contract_line(), replace(billed, is_cancelled=True))) == [key]


def a_drafted_charge() -> tuple[DayState, str]:
    state = a_state(a_customer(entity="MEU"), a_contract_line(entity="MEU", tax_code="GB0"))
    for decision in draft_charges(state, POLICY, business_date=day(1)):
        apply_decision(state, decision)
    return state, "contract|CT-1|1|2026-03-01|retainer"


@pytest.mark.parametrize(
    ("amount", "verdict", "difference"),
    [("900.00", "agrees", "0.00"), ("880.00", "differs", "-20.00")],
)
def test_a_draft_is_compared_with_the_invoice_of_accounting(amount: str, verdict: str, difference: str) -> None:
    state, key = a_drafted_charge()
    state.learn(an_invoice("RE-1", amount, known=2, billing_key=key))
    [decision] = compare_drafts(state, POLICY, business_date=day(2))
    assert (decision.payload["verdict"], decision.payload["difference_amount"]) == (verdict, difference)
    apply_decision(state, decision)
    assert compare_drafts(state, POLICY, business_date=day(3)) == []


def test_a_charge_that_accounting_does_not_invoice_is_shown_after_its_days_and_agrees_later() -> None:
    state, key = a_drafted_charge()
    assert compare_drafts(state, POLICY, business_date=day(5)) == []
    [missing] = compare_drafts(state, POLICY, business_date=day(6))
    assert missing.payload["verdict"] == "not_in_accounting"
    apply_decision(state, missing)
    assert compare_drafts(state, POLICY, business_date=day(7)) == []
    assert [f.reason_code for f in invoicing_findings(state)] == ["NOT_INVOICED_IN_ACCOUNTING"]
    state.learn(an_invoice("RE-1", "900.00", known=9, billing_key=key))
    [found] = compare_drafts(state, POLICY, business_date=day(9))
    assert found.payload["verdict"] == "agrees"
    apply_decision(state, found)
    assert invoicing_findings(state) == []


def test_two_live_invoices_for_one_charge_are_found() -> None:
    state, key = a_drafted_charge()
    state.learn(an_invoice("RE-1", "900.00", billing_key=key))
    second = an_invoice("RE-2", "900.00", billing_key=key)
    state.learn(second)
    assert "BILLED_TWICE" in {f.reason_code for f in invoicing_findings(state)}
    state.learn(replace(second, is_cancelled=True))
    assert "BILLED_TWICE" not in {f.reason_code for f in invoicing_findings(state)}


def test_invoices_from_before_the_first_day_need_no_reference() -> None:
    history = an_invoice("RE-0", billing_key=None, document_date=date(2026, 1, 15), known=1)
    recent = an_invoice("RE-9", billing_key=None, known=9)
    findings = invoicing_findings(a_state(history, recent))
    assert [finding.subject_label for finding in findings] == ["RE-9"]
