"""Credit's face: orders that became known in, one verdict per order out: pass, refer or hold, with what it rests on.

A verdict is an observation: it queues a person, but what was shipped is billed all the same.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from types import MappingProxyType

from assets.credit.exposure import Exposure, measure_exposure
from assets.credit.policy import CreditPolicy
from assets.ledger.day import DayState
from assets.ledger.decision import ActorKind, Decision
from assets.ledger.documents import plain
from assets.ledger.exceptions import Finding
from assets.ledger.money import ZERO, from_minor
from assets.ledger.orders import Order

NOTHING = Exposure(ZERO, ZERO, ZERO, ZERO, None)
NOTHING_IN_HAND: Mapping[tuple[str, str], int] = MappingProxyType({})


def decide_credit(
    state: DayState,
    policy: CreditPolicy,
    *,
    business_date: date,
    unapplied_minor: Mapping[tuple[str, str], int] = NOTHING_IN_HAND,
) -> list[Decision]:
    """Return one decision per order whose credit was not decided yet; a cancelled order needs none.

    `unapplied_minor` is what customers have in hand with us per currency.
    """
    decisions = []
    for order in sorted((state.orders[key] for key in state.unqualified_orders), key=lambda order: order.order_number):
        if order.customer_key is None:
            exposure, verdict, reason_code = NOTHING, "refer", "CREDIT_CUSTOMER_UNKNOWN"
        else:
            in_hand = unapplied_minor.get((order.customer_key, order.currency_code), 0)
            exposure = measure_exposure(
                order,
                order.customer_key,
                state,
                grace_days=policy.grace_days,
                business_date=business_date,
                unapplied_amount=from_minor(in_hand, order.currency_code),
            )
            verdict, reason_code = judge_credit(exposure, policy)
        decisions.append(_decision(order, exposure, verdict, reason_code, business_date))
    return decisions


def judge_credit(exposure: Exposure, policy: CreditPolicy) -> tuple[str, str]:
    """Return verdict and reason code: what holds before what refers, overdue before the limit."""
    limit, late = exposure.limit_amount, exposure.overdue_amount * 100
    if late > 0 and late > exposure.open_amount * policy.hold_percent_overdue:
        return "hold", "CUSTOMER_OVERDUE"
    if limit is not None and exposure.credit_exposure_amount * 100 > limit * policy.hold_percent_of_limit:
        return "hold", "CREDIT_LIMIT_EXCEEDED"
    if late > 0 and late > exposure.open_amount * policy.refer_percent_overdue:
        return "refer", "CUSTOMER_OVERDUE"
    if limit is None:
        if exposure.order_amount > policy.refer_without_limit_above:
            return "refer", "CREDIT_LIMIT_UNKNOWN"
        return "pass", "CREDIT_WITHIN_LIMIT"
    if exposure.credit_exposure_amount * 100 > limit * policy.refer_percent_of_limit:
        return "refer", "CREDIT_LIMIT_NEARLY_USED"
    return "pass", "CREDIT_WITHIN_LIMIT"


def credit_findings(state: DayState) -> list[Finding]:
    """Return the orders that credit holds, nobody has released and nobody has billed yet."""
    findings = []
    for order_key, payload in state.credit_holds.items():
        order = state.orders[order_key]
        if order_key not in state.unbilled_orders.get(order.customer_key or "", {}):
            continue  # it left the house all the same: what is owed is collections' now
        findings.append(
            Finding(
                subject_kind="order",
                subject_key=order_key,
                subject_label=order.order_number,
                reason_code=str(payload["reason_code"]),
                amount=Decimal(payload["credit_exposure_amount"]),
                currency_code=order.currency_code,
                context={
                    "verdict": payload["verdict"],
                    "credit_limit_amount": payload["credit_limit_amount"],
                    "overdue_amount": payload["overdue_amount"],
                    "order_amount": payload["order_amount"],
                    "customer_key": order.customer_key,
                },
            )
        )
    return findings


def _decision(order: Order, exposure: Exposure, verdict: str, reason_code: str, business_date: date) -> Decision:
    return Decision(
        kind="credit_decided",
        subject_kind="order",
        subject_key=order.order_key,
        business_date=business_date,
        actor_kind=ActorKind.RULE,
        actor="credit",
        payload={
            "order_number": order.order_number,
            "customer_key": order.customer_key,
            "verdict": verdict,
            "reason_code": reason_code,
            "credit_exposure_amount": plain(exposure.credit_exposure_amount),
            "credit_limit_amount": None if exposure.limit_amount is None else plain(exposure.limit_amount),
            "overdue_amount": plain(exposure.overdue_amount),
            "order_amount": plain(order.total_amount),
            "currency_code": order.currency_code,
        },
        reason_code=reason_code,
        evidence={
            "open_amount": plain(exposure.open_amount),
            "ordered_amount": plain(exposure.ordered_amount),
            "unapplied_amount": plain(exposure.unapplied_amount),
        },
    )
