"""Credit passes, refers or holds by what a customer owes, has ordered and is late with."""

from __future__ import annotations

from decimal import Decimal

import pytest

from assets.close.replay import apply_decision
from assets.credit.decide import credit_findings, decide_credit, judge_credit
from assets.credit.exposure import Exposure
from assets.credit.policy import CreditPolicy
from tests.close.builders import a_customer, a_frame_agreement, a_policy, an_invoice, an_order, day
from tests.ledger.test_day import a_state

POLICY = CreditPolicy.from_policy(a_policy())


def an_exposure(
    owes: int = 0, ordered: int = 0, order: int = 100, overdue: int = 0, limit: int | None = 1000
) -> Exposure:
    return Exposure(
        Decimal(owes), Decimal(ordered), Decimal(order), Decimal(overdue), None if limit is None else Decimal(limit)
    )


@pytest.mark.parametrize(
    ("exposure", "expected"),
    [
        (an_exposure(owes=900), ("pass", "CREDIT_WITHIN_LIMIT")),
        (an_exposure(owes=901), ("refer", "CREDIT_LIMIT_NEARLY_USED")),
        (an_exposure(owes=1000, ordered=400), ("refer", "CREDIT_LIMIT_NEARLY_USED")),
        (an_exposure(owes=1000, ordered=401), ("hold", "CREDIT_LIMIT_EXCEEDED")),
        (an_exposure(owes=100, overdue=25), ("pass", "CREDIT_WITHIN_LIMIT")),
        (an_exposure(owes=100, overdue=26), ("refer", "CUSTOMER_OVERDUE")),
        (an_exposure(owes=1500, overdue=400), ("hold", "CREDIT_LIMIT_EXCEEDED")),
        (an_exposure(owes=100, overdue=50), ("refer", "CUSTOMER_OVERDUE")),
        (an_exposure(owes=100, overdue=51), ("hold", "CUSTOMER_OVERDUE")),
        (an_exposure(owes=-50), ("pass", "CREDIT_WITHIN_LIMIT")),
        (an_exposure(limit=None), ("refer", "CREDIT_LIMIT_UNKNOWN")),
    ],
    ids=[
        "up to the limit", "a little over", "at the hold", "over the hold", "late at the threshold", "late above it",
        "late and over the limit", "late at the hold", "late above the hold", "in credit", "no limit agreed",
    ],
)  # fmt: skip
def test_the_verdict_follows_the_thresholds(exposure: Exposure, expected: tuple[str, str]) -> None:
    assert judge_credit(exposure, POLICY) == expected


def test_orders_of_one_day_use_up_the_limit_one_after_the_other() -> None:
    agreement = a_frame_agreement(credit_limit_amount=Decimal(120))
    state = a_state(a_customer(), agreement, an_order("SO-2"), an_order("SO-1"))
    verdicts = [
        (d.payload["order_number"], d.payload["verdict"]) for d in decide_credit(state, POLICY, business_date=day(2))
    ]
    assert verdicts == [("SO-1", "pass"), ("SO-2", "hold")]


def test_only_what_is_owed_in_the_orders_currency_counts() -> None:
    owed = an_invoice("U-1", "5000.00", entity="MUS", customer_key="acme")
    elsewhere = an_invoice("E-1", "7000.00", entity="MEU", customer_key="acme")
    state = a_state(a_customer(), a_frame_agreement(), an_order(), owed, elsewhere)
    [decision] = decide_credit(state, POLICY, business_date=day(2))
    assert decision.payload["credit_exposure_amount"] == "5100.00"


def test_a_held_order_is_in_the_queue_until_it_is_released_or_billed() -> None:
    state = a_state(a_customer(), a_frame_agreement(credit_limit_amount=Decimal(10)), an_order())
    for decision in decide_credit(state, POLICY, business_date=day(2)):
        apply_decision(state, decision)
    assert [finding.reason_code for finding in credit_findings(state)] == ["CREDIT_LIMIT_EXCEEDED"]
    assert decide_credit(state, POLICY, business_date=day(3)) == []
    state.unbilled_orders["acme"].clear()
    assert credit_findings(state) == []


def test_an_order_of_nobody_known_is_referred() -> None:
    [decision] = decide_credit(a_state(an_order(customer_key=None)), POLICY, business_date=day(2))
    assert (decision.payload["verdict"], decision.reason_code) == ("refer", "CREDIT_CUSTOMER_UNKNOWN")


def test_money_in_hand_that_nobody_applied_yet_holds_no_order() -> None:
    late = an_invoice("U-1", "9900.00", entity="MUS", due_date=day(-90))
    state = a_state(a_customer(), a_frame_agreement(credit_limit_amount=Decimal(500)), an_order(), late)
    [held] = decide_credit(state, POLICY, business_date=day(2))
    [passed] = decide_credit(state, POLICY, business_date=day(2), unapplied_minor={("acme", "USD"): 990_000})
    assert (held.payload["verdict"], passed.payload["verdict"]) == ("hold", "pass")
    assert passed.evidence["unapplied_amount"] == "9900.00"
