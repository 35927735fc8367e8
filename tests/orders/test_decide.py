"""Order checks name what is missing, whose it is and where to fix it."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from assets.close.replay import apply_decision
from assets.orders.decide import check_orders, order_findings
from assets.orders.policy import OrderPolicy
from tests.close.builders import a_frame_agreement, a_policy, an_order, an_order_line, day
from tests.ledger.test_day import a_state

POLICY = OrderPolicy.from_policy(a_policy())


def failed_checks(**changes: Any) -> list[str]:
    agreement = a_frame_agreement(is_purchase_order_required=changes.pop("is_required", False))
    [decision] = check_orders(a_state(agreement, an_order(**changes), an_order_line()), POLICY, business_date=day(2))
    return [failure["check_code"] for failure in decision.payload["failures"]]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, []),
        ({"is_required": True}, ["PO_PRESENT"]),
        ({"is_required": True, "purchase_order_number": "PO-1"}, []),
        ({"terms_code": "NET45"}, ["TERMS_AGREED"]),
        ({"terms_code": None}, []),
        ({"customer_key": None, "terms_code": None, "agreed_terms_code": None}, ["CUSTOMER_KNOWN", "TERMS_KNOWN"]),
        ({"tax_code": None}, ["TAX_CODE_PRESENT"]),
        ({"bill_to_email": None}, ["BILL_TO_EMAIL"]),
        ({"total_amount": Decimal("100.01")}, ["TOTAL_ADDS_UP"]),
        ({"is_cancelled": True, "tax_code": None}, []),
    ],
    ids=[
        "a clean order", "purchase order required and missing", "purchase order required and there",
        "terms differ from the agreement", "terms come from the agreement", "nobody known", "no tax code",
        "nobody to bill", "a cent off", "a cancelled order fails nothing",
    ],
)  # fmt: skip
def test_each_fault_is_found_by_its_check(changes: dict[str, Any], expected: list[str]) -> None:
    assert failed_checks(**changes) == expected


def test_an_order_is_decided_again_only_when_its_verdict_changes() -> None:
    state = a_state(an_order(tax_code=None), an_order_line())
    [first] = check_orders(state, POLICY, business_date=day(2))
    apply_decision(state, first)
    state.learn(an_order(tax_code=None, order_date=day(9), known=9))
    assert check_orders(state, POLICY, business_date=day(9)) == []
    state.learn(an_order(known=10))
    [second] = check_orders(state, POLICY, business_date=day(10))
    assert (second.occurrence, second.payload["verdict"]) == ("2", "pass")


def test_an_order_adds_up_once_its_wrong_line_is_removed() -> None:
    wrong = an_order_line(line_number=2)
    state = a_state(an_order(), an_order_line(), wrong)
    [first] = check_orders(state, POLICY, business_date=day(2))
    assert first.reason_code is not None
    apply_decision(state, first)
    state.learn(an_order(known=3))
    state.learn(replace(wrong, is_removed=True, known_date=day(3)))
    [second] = check_orders(state, POLICY, business_date=day(3))
    assert second.payload["verdict"] == "pass"


def test_a_failed_check_is_a_finding_with_the_field_upstream() -> None:
    state = a_state(an_order(bill_to_email=None), an_order_line())
    for decision in check_orders(state, POLICY, business_date=day(2)):
        apply_decision(state, decision)
    [finding] = order_findings(state)
    assert (finding.reason_code, finding.upstream_field, finding.subject_label) == (
        "BILLING_CONTACT_MISSING",
        "bill_to_email",
        "SO-1",
    )
