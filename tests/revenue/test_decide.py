"""Revenue is earned once, in parts that add up, on balanced entries."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assets.close.replay import apply_decision
from assets.ledger.day import DayState
from assets.ledger.decision import Decision
from assets.revenue.decide import recognise_revenue
from assets.revenue.policy import RevenuePolicy
from assets.revenue.schedule import straight_line
from tests.close.builders import a_contract_line, a_policy, an_invoice, day
from tests.ledger.test_day import a_state

POLICY = RevenuePolicy.from_policy(a_policy())
QUARTER = "contract|CT-1|1|2026-03-01|retainer"


def recognise(state: DayState, on: date) -> list[Decision]:
    decisions = recognise_revenue(state, POLICY, business_date=on)
    for decision in decisions:
        apply_decision(state, decision)
    return decisions


def entries_of(decisions: list[Decision]) -> list[tuple[str, str, str]]:
    return [
        (entry["entry_kind"], entry["recognised_date"], entry["amount"])
        for decision in decisions
        for entry in decision.payload["entries"]
    ]


def a_quarter(known: int = 2) -> DayState:
    line = a_contract_line(entity="MEU", billing_frequency="quarterly", period_amount=Decimal("100.00"))
    return a_state(line, an_invoice("RE-1", "100.00", known=known, document_date=day(1), billing_key=QUARTER))


def test_a_quarter_billed_ahead_is_deferred_and_released_month_by_month() -> None:
    state = a_quarter()
    assert entries_of(recognise(state, day(2))) == [("defer", "2026-03-01", "100.00")]
    assert recognise(state, date(2026, 3, 30)) == []
    assert entries_of(recognise(state, date(2026, 3, 31))) == [("release", "2026-03-31", "33.34")]
    assert entries_of(recognise(state, date(2026, 4, 30))) == [("release", "2026-04-30", "33.33")]
    assert entries_of(recognise(state, date(2026, 5, 31))) == [("release", "2026-05-31", "33.33")]
    assert recognise(state, date(2026, 6, 30)) == []


def test_an_invoice_that_becomes_known_late_releases_the_months_that_are_over() -> None:
    state = a_quarter()
    assert entries_of(recognise(state, date(2026, 4, 30))) == [
        ("defer", "2026-03-01", "100.00"),
        ("release", "2026-03-31", "33.34"),
        ("release", "2026-04-30", "33.33"),
    ]


@pytest.mark.parametrize(
    "billing_key", ["order|SO-1|SHP-1|goods", "contract|CT-9|1|M1|milestone", None], ids=["goods", "milestone", "other"]
)
def test_everything_else_is_recognised_at_invoice(billing_key: str | None) -> None:
    state = a_state(an_invoice("RE-1", "80.00", known=3, billing_key=billing_key))
    assert entries_of(recognise(state, day(3))) == [("recognise", "2026-03-02", "80.00")]
    assert recognise(state, day(4)) == []


def test_a_retainer_billed_after_its_period_is_earned_at_invoice() -> None:
    line = a_contract_line(entity="MEU", is_billed_in_advance=False)
    state = a_state(line, an_invoice("RE-1", "900.00", known=33, billing_key=QUARTER))
    assert [kind for kind, _, _ in entries_of(recognise(state, day(33)))] == ["recognise"]


def test_a_cancelled_quarter_gives_back_what_was_earned_and_what_was_not_yet() -> None:
    state = a_quarter()
    recognise(state, date(2026, 3, 31))
    state.learn(an_invoice("RE-1", "100.00", known=35, document_date=day(1), billing_key=QUARTER, is_cancelled=True))
    assert entries_of(recognise(state, day(35))) == [
        ("recognise", "2026-04-04", "33.34"),
        ("release", "2026-04-04", "66.66"),
    ]
    assert recognise(state, date(2026, 4, 30)) == []


def test_a_credit_memo_takes_revenue_back() -> None:
    state = a_state(an_invoice("GS-1", "40.00", known=3, document_type="credit_memo", billing_key=None))
    [decision] = recognise(state, day(3))
    [entry] = decision.payload["entries"]
    assert (entry["debit_account"], entry["credit_account"], entry["amount"]) == (
        "revenue",
        "accounts_receivable",
        "40.00",
    )


@given(minor=st.integers(1, 10**10), months=st.sampled_from([1, 3, 12]))
def test_parts_add_up_to_the_amount(minor: int, months: int) -> None:
    amount = Decimal(minor).scaleb(-2)
    end = {1: date(2026, 1, 31), 3: date(2026, 3, 31), 12: date(2026, 12, 31)}[months]
    parts = straight_line(amount, date(2026, 1, 1), end, "EUR")
    assert len(parts) == months
    assert sum(part for _, part in parts) == amount
