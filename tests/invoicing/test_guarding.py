"""The guard knows nothing of how drafts are made: it parks a customer whose drafts look wrong, and only that one."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from random import Random

import pytest

from assets.close.replay import apply_decision
from assets.invoicing.decide import draft_charges, invoicing_findings, issue_approved, park_suspicious
from assets.invoicing.policy import InvoicingPolicy
from assets.ledger.day import DayState, Fact, PastDraft
from assets.ledger.decision import ActorKind, Decision
from tests.close.builders import a_contract_line, a_customer, a_policy, day
from tests.ledger.test_day import a_state

POLICY = InvoicingPolicy.from_policy(a_policy())


def draft_and_guard(state: DayState, on: date) -> list[Decision]:
    state.business_date = on
    drafted = draft_charges(state, POLICY, business_date=on)
    for decision in drafted:
        apply_decision(state, decision)
    holds = park_suspicious(state, drafted, POLICY.guard, business_date=on)
    for decision in holds:
        apply_decision(state, decision)
    return holds


def contracts(customer: str, count: int, **changes: object) -> list[Fact]:
    return [a_contract_line(contract=f"CT-{customer}-{n}", customer_key=customer, **changes) for n in range(count)]


def test_cat_2_a_flood_of_drafts_parks_its_customer_and_nobody_else() -> None:
    state = a_state(a_customer(), a_customer("other"), *contracts("acme", 26), *contracts("other", 25))
    holds = draft_and_guard(state, day(1))
    assert {hold.payload["customer_key"] for hold in holds} == {"acme"}
    assert {hold.reason_code for hold in holds} == {"GUARD_TOO_MANY_DRAFTS"}
    others = [key for key, charge in state.charges.items() if charge.draft.customer_key == "other"]
    assert len(issue_approved(state, [(key, "clerk") for key in others], business_date=day(2))) == 50
    parked = [(key, "clerk") for key, charge in state.charges.items() if charge.draft.customer_key == "acme"]
    assert issue_approved(state, parked, business_date=day(2)) == []
    [finding] = [f for f in invoicing_findings(state) if f.reason_code == "GUARD_TOO_MANY_DRAFTS"]
    assert (finding.subject_key, len(finding.context["waiting"])) == ("acme", 26)


@pytest.mark.parametrize(("amount", "is_parked"), [("13500.00", False), ("13500.01", True)])
def test_an_amount_far_beyond_the_customer_s_history_is_parked(amount: str, is_parked: bool) -> None:
    state = a_state(a_customer(), *contracts("acme", 6))
    assert draft_and_guard(state, day(1)) == []
    state.begin(day(2))
    state.learn(a_contract_line(contract="CT-new", period_amount=Decimal(amount), start_date=day(2), known=2))
    assert [hold.reason_code for hold in draft_and_guard(state, day(2))] == ["GUARD_AMOUNT_UNUSUAL"] * is_parked


def test_a_date_out_of_bounds_is_parked() -> None:
    state = a_state(a_customer(), a_contract_line(start_date=day(1) - timedelta(days=150), end_date=day(1)))
    state.first_date = date(2025, 1, 1)
    assert {hold.reason_code for hold in draft_and_guard(state, day(1))} == {"GUARD_DATE_OUT_OF_BOUNDS"}


def test_cat_13_a_parked_customer_is_not_parked_for_ever() -> None:
    state = a_state(a_customer(), *contracts("acme", 26))
    [hold, *_] = draft_and_guard(state, day(1))
    person = Decision("draft_approved", "charge", hold.subject_key, day(2), hold.actor_kind, "clerk", {})
    apply_decision(state, person)
    [issued] = issue_approved(state, [(hold.subject_key, "clerk")], business_date=day(2))
    assert issued.kind == "invoice_issued"
    state.begin(date(2026, 4, 1))
    assert draft_and_guard(state, date(2026, 4, 1)) == []


def test_cat_6_the_guard_lets_through_what_is_usual() -> None:
    state = a_state(a_customer(), *contracts("acme", 20), *contracts("acme", 5, billing_frequency="yearly"))
    assert draft_and_guard(state, day(1)) == []


def test_drafts_made_anew_made_a_flood_on_a_later_day_look_usual() -> None:
    state = a_state(a_customer(), *contracts("acme", 20))
    draft_and_guard(state, day(1))
    anew = [replace(charge.draft, due_days=45) for charge in state.charges.values()]
    for n, draft in enumerate(anew):
        evidence = {"drafted_before": day(1), "changes": [{"field": "due_days", "then": 30, "now": 45}]}
        made = Decision(
            "draft_created", "charge", draft.billing_key, day(2), ActorKind.RULE, "invoicing",
            {**draft.as_payload(), "drafting_number": n}, occurrence="2", evidence=evidence,
        )  # fmt: skip
        apply_decision(state, made)
    assert {past.drafted_date for past in state.draft_history["acme"]} == {day(1)}


def test_the_guard_parks_few_of_the_large_orders_customers_really_make_and_nearly_all_slips_of_three_digits() -> None:
    """Draw order books with rare orders of 5 to 30 times the habit, all genuine: each hold of them is a false one.

    The threshold is far out on purpose: of slips of two digits it finds a third only.
    """
    random = Random("genuine large orders")
    state = a_state()

    def is_parked(customer: str, on: date, amount: Decimal) -> bool:
        payload = {
            "customer_key": customer, "charge_kind": "goods", "currency_code": "USD", "drafting_number": 1,
            "total_amount": str(amount), "triggered_date": on.isoformat(),
        }  # fmt: skip
        key = f"order|{customer}|{on}|goods"
        drafted = Decision("draft_created", "charge", key, on, ActorKind.RULE, "invoicing", payload)
        return bool(park_suspicious(state, [drafted], POLICY.guard, business_date=on))

    drafts = large = parked = 0
    slips = {100: 0, 1000: 0}
    for customer in (f"c{n}" for n in range(400)):
        habit = random.lognormvariate(6.5, 1.0)
        for on in (day(1) + timedelta(days=number) for number in range(60)):
            is_large = random.random() < 1 / 250
            times = random.uniform(5, 30) if is_large else random.lognormvariate(0, 0.9)
            amount = Decimal(habit * times).quantize(Decimal("0.01"))
            drafts, large, parked = drafts + 1, large + is_large, parked + is_parked(customer, on, amount)
            state.draft_history[customer].append(PastDraft(on, "goods", "USD", amount, 1))
        usual = habit * random.lognormvariate(0, 0.9)
        for factor in slips:
            slipped = Decimal(usual * factor).quantize(Decimal("0.01"))
            slips[factor] += is_parked(customer, day(1) + timedelta(days=60), slipped)
    assert (drafts, large) == (24_000, 77)
    assert parked <= drafts * 0.001
    assert slips == {100: 140, 1000: 390}
