"""Order checks' face: the day's new and changed orders in, one decision per order whose verdict is new or changed."""

from __future__ import annotations

from datetime import date
from typing import Any

from assets.ledger.day import DayState
from assets.ledger.decision import ActorKind, Decision
from assets.ledger.exceptions import Finding
from assets.ledger.orders import Order
from assets.ledger.policy import UnknownPolicyError
from assets.orders.checks import QUESTIONS
from assets.orders.policy import OrderPolicy


def check_orders(state: DayState, policy: OrderPolicy, *, business_date: date) -> list[Decision]:
    """Return a decision for each order not checked yet, or whose verdict changed with a new version or agreement."""
    decisions = []
    for order in sorted((state.orders[key] for key in state.unchecked_orders), key=lambda order: order.order_number):
        failures = failures_of(order, state, policy)
        before, times = state.order_verdicts.get(order.order_key, (None, 0))
        if before == verdict_of(failures):
            continue
        decisions.append(
            Decision(
                kind="order_checked",
                subject_kind="order",
                subject_key=order.order_key,
                business_date=business_date,
                actor_kind=ActorKind.RULE,
                actor="orders",
                payload={
                    "order_number": order.order_number,
                    "verdict": "fail" if failures else "pass",
                    "failures": failures,
                },
                occurrence=str(times + 1),
                reason_code=failures[0]["reason_code"] if failures else None,
            )
        )
    return decisions


def failures_of(order: Order, state: DayState, policy: OrderPolicy) -> list[dict[str, Any]]:
    """Return every check the order fails, with its reason, owner and what was found; a cancelled order fails none."""
    if order.is_cancelled:
        return []
    agreement = state.frame_agreement(order.customer_key)
    lines = list(state.order_lines.get(order.order_key, {}).values())
    failures = []
    for check in policy.checks:
        if check.check_code not in QUESTIONS:
            raise UnknownPolicyError("order_checks", check.check_code, QUESTIONS)
        found = QUESTIONS[check.check_code](order, lines, agreement)
        if found is not None:
            failures.append(
                {
                    "check_code": check.check_code,
                    "reason_code": check.reason_code,
                    "field_name": check.field_name,
                    "owner": check.owner,
                    "evidence": dict(found),
                }
            )
    return failures


def verdict_of(failures: list[dict[str, Any]]) -> tuple[str, ...]:
    """Return what makes one verdict differ from another: the checks that failed."""
    return tuple(sorted(failure["check_code"] for failure in failures))


def order_findings(state: DayState) -> list[Finding]:
    """Return what stands against orders that are not billed yet: one finding per order and reason."""
    return [
        Finding(
            subject_kind="order",
            subject_key=order_key,
            subject_label=state.orders[order_key].order_number,
            reason_code=failure["reason_code"],
            amount=state.orders[order_key].total_amount,
            currency_code=state.orders[order_key].currency_code,
            upstream_field=failure["field_name"],
            context={
                "check_code": failure["check_code"],
                "customer_key": state.orders[order_key].customer_key,
                **failure["evidence"],
            },
        )
        for order_key, failures in state.order_failures.items()
        if not state.is_billed(state.orders[order_key].order_number)
        for failure in failures
    ]
