"""Ten thousand charges become drafts in one go: retainers, usage and goods, each priced, taxed and checked."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from assets.close.replay import apply_decision
from assets.invoicing.decide import draft_charges, park_suspicious
from assets.invoicing.policy import InvoicingPolicy
from assets.ledger.contracts import Tier
from assets.ledger.day import DayState
from assets.ledger.decision import canonical_json
from tests.close.builders import (
    a_contract_line,
    a_customer,
    a_frame_agreement,
    a_policy,
    a_shipment,
    an_order,
    an_order_line,
    day,
    entities,
    some_usage,
)

TIERS = (Tier(Decimal(1000), Decimal("0.10")), Tier(None, Decimal("0.05")))


@dataclass(frozen=True, slots=True)
class DraftSpeed:
    """How many drafts were made, and how long deciding, recording as text and replaying them took."""

    drafts: int
    blocked: int
    parked: int
    seconds: float


def a_state_of(charges: int) -> DayState:
    """Return a state in which so many charges are due: half goods, three in ten retainers, the rest usage."""
    state = DayState(entities=entities())
    for number in range(charges // 5):
        name = f"c{number:05d}"
        state.learn(a_customer(name))
        state.learn(a_frame_agreement(name))
    for number in range(charges):
        name, contract = f"c{number % (charges // 5):05d}", f"CT-{number:05d}"
        kind = number % 10
        if kind < 3:
            state.learn(a_contract_line(contract=contract, customer_key=name, discount_percent=Decimal(5)))
        elif kind < 5:
            state.learn(a_contract_line("usage", contract=contract, customer_key=name, tiers=TIERS))
            state.learn(some_usage(4000, on=day(3), known=day(4), contract=contract, event=contract))
        else:
            order = f"SO-{number:05d}"
            state.learn(an_order(order, customer_key=name))
            for line in range(1, 4):
                state.learn(replace(an_order_line(order), line_number=line))
                state.learn(replace(a_shipment(order, f"SHP-{number:05d}"), line_number=line))
    return state


def draft_all(charges: int = 10_000) -> DraftSpeed:
    """Draft so many charges from a state that knows them all; return how long it took."""
    state, policy = a_state_of(charges), InvoicingPolicy.from_policy(a_policy())
    on = date(2026, 4, 1)
    started = time.perf_counter()
    decisions = draft_charges(state, policy, business_date=on)
    for decision in decisions:
        apply_decision(state, decision)
    parked = park_suspicious(state, decisions, policy.guard, business_date=on)
    for decision in decisions:
        canonical_json(decision.payload)
    seconds = time.perf_counter() - started
    blocked = sum(decision.kind == "draft_blocked" for decision in decisions)
    return DraftSpeed(len(decisions), blocked, len(parked), seconds)
