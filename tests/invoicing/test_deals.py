"""A deal that is won bills once where policy says so, however it is opened, changed, repeated or told late."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import cache
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assets.close.replay import apply_decision
from assets.invoicing.decide import draft_charges, invoicing_findings
from assets.invoicing.policy import InvoicingPolicy
from assets.ledger.charges import deal_billing_key, read_billing_key
from assets.ledger.day import DayState, Fact
from assets.ledger.deals import Deal, DealLine
from assets.ledger.decision import Decision
from assets.ledger.policy import Policy
from tests.close.builders import (
    MemoryLog,
    a_contract_line,
    a_customer,
    a_frame_agreement,
    a_policy,
    a_receipt,
    day,
    walk_days,
)
from tests.invoicing.test_recurring import credit, issue, learn
from tests.ledger.test_day import a_state

KEY = deal_billing_key("D1")


@cache
def a_policy_that_bills_deals(*legal_entities: str) -> Policy:
    tables = {name: list(a_policy().rows(name)) for name in a_policy().tables}
    tables["deal_billing"] = [{"legal_entity_id": name, "is_billed_when_won": "true"} for name in legal_entities]
    return Policy.from_rows(tables)


POLICY = InvoicingPolicy.from_policy(a_policy_that_bills_deals("MUS"))
SWITCHED_OFF = InvoicingPolicy.from_policy(a_policy_that_bills_deals())


def at(number: int) -> datetime:
    return datetime.combine(day(number), datetime.min.time(), UTC).replace(hour=12)


def a_deal(deal: str = "D1", *, known: int = 2, **changes: Any) -> Deal:
    made = Deal(
        deal_id=deal,
        changed_at=at(known),
        customer_key="acme",
        legal_entity_id="MUS",
        currency_code="USD",
        deal_name="Two pumps",
        amount=Decimal("150.00"),
        is_won=True,
        won_at=at(known),
        contract_id=None,
        purchase_order_number=None,
        terms_code="NET15",
        known_date=day(known),
    )
    return replace(made, **changes)


def a_deal_line(item: str = "L1", price: str = "50.00", quantity: int = 1, *, known: int = 2) -> DealLine:
    return DealLine(item, "D1", at(known), "SKU-1", "Pump", Decimal(quantity), Decimal(price), day(known))


LINES = (a_deal_line("L1", "50.00", 2), a_deal_line("L2", "50.00"))
WORLD: tuple[Fact, ...] = (a_customer(), a_deal(), *LINES)


def drafts(state: DayState, on: date) -> list[Decision]:
    state.business_date = on
    decisions = draft_charges(state, POLICY, business_date=on)
    for decision in decisions:
        apply_decision(state, decision)
    return decisions


def test_a_deal_won_bills_all_its_line_items_once() -> None:
    state = a_state(*WORLD)
    [draft] = drafts(state, day(2))
    assert (draft.kind, draft.subject_key, draft.payload["charge_kind"]) == ("draft_created", KEY, "deal")
    assert (draft.payload["net_amount"], draft.payload["terms_code"]) == ("150.00", "NET15")
    assert [line["quantity"] for line in draft.payload["lines"]] == ["2.00", "1.00"]
    assert drafts(state, day(3)) == []
    assert read_billing_key(KEY).deal_id == "D1"


@pytest.mark.parametrize(
    "facts",
    [
        (a_customer(), a_deal(contract_id="CT-1"), *LINES),
        (a_customer(), a_deal(is_won=False), *LINES),
        (a_customer(), a_deal()),
        (a_customer(entity="MEU"), a_deal(legal_entity_id=None), *LINES),
    ],
    ids=["stands for a contract", "not won", "without line items", "of an entity whose contracts bill"],
)
def test_what_no_deal_bills(facts: Sequence[Fact]) -> None:
    assert drafts(a_state(*facts), day(2)) == []


def test_no_deal_bills_where_policy_does_not_say_so() -> None:
    assert draft_charges(a_state(*WORLD), SWITCHED_OFF, business_date=day(2)) == []
    assert SWITCHED_OFF.deals_billed_by == frozenset()


def test_a_deal_and_the_contract_it_stands_for_bill_the_contract_alone() -> None:
    contract = a_contract_line(period_amount=Decimal("150.00"))
    state = a_state(a_customer(), a_deal(contract_id="CT-1"), *LINES, contract)
    assert [decision.subject_key for decision in drafts(state, day(2))] == ["contract|CT-1|1|2026-03-01|retainer"]


def test_a_contract_named_later_takes_the_draft_of_its_deal_back() -> None:
    state = a_state(*WORLD)
    drafts(state, day(2))
    state.begin(day(3))
    learn(state, a_deal(known=3, contract_id="CT-1"))
    [withdrawn] = drafts(state, day(3))
    assert (withdrawn.kind, withdrawn.reason_code) == ("draft_withdrawn", "TRIGGER_GONE")


def test_a_deal_that_is_opened_again_and_won_again_bills_once() -> None:
    state = a_state(*WORLD)
    drafts(state, day(2))
    for number, is_won, kinds in [(3, False, ["draft_withdrawn"]), (4, True, ["draft_created"])]:
        state.begin(day(number))
        learn(state, a_deal(known=number, is_won=is_won))
        assert [decision.kind for decision in drafts(state, day(number))] == kinds
    issue(state, KEY, day(4))
    for number, is_won in [(5, False), (6, True)]:
        state.begin(day(number))
        learn(state, a_deal(known=number, is_won=is_won))
        assert drafts(state, day(number)) == []
    assert len(state.live_documents_billing(KEY)) == 1


@pytest.mark.parametrize(
    ("news", "found"),
    [
        (a_deal(known=6, is_won=False), ("150.00", "0.00")),
        (a_deal(known=6, contract_id="CT-1"), ("150.00", "0.00")),
        (a_deal_line("L3", "25.00", known=6), ("150.00", "175.00")),
        (a_deal(known=6), None),
    ],
    ids=["lost", "given to a contract", "a line more", "told again"],
)
def test_a_billed_deal_that_changes_is_for_a_person(news: Fact, found: tuple[str, str] | None) -> None:
    state = a_state(*WORLD)
    drafts(state, day(2))
    issue(state, KEY, day(3))
    state.begin(day(6))
    learn(state, news)
    assert drafts(state, day(6)) == []
    findings = [each for each in invoicing_findings(state) if each.reason_code == "DEAL_CHANGED_AFTER_BILLING"]
    shown = [(each.context["billed_amount"], each.context["agreed_amount"]) for each in findings]
    assert shown == ([found] if found else [])


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ((a_deal_line("L3", "1.00"),), ("PRICE_DIFFERS_FROM_AGREEMENT", "hubspot", "line_items.price")),
        ((a_frame_agreement(terms_code="NET30"),), ("TERMS_DIFFER_FROM_AGREEMENT", "hubspot", "payment_terms")),
        ((a_frame_agreement(is_purchase_order_required=True),), ("PO_NUMBER_MISSING", "hubspot", "po_number")),
        (
            (a_deal_line("L1", "1E17", 10**9),),
            ("DRAFT_AMOUNT_OUT_OF_RANGE", "hubspot", "line_items.price"),
        ),
    ],
    ids=["lines are not the deal's amount", "other terms than agreed", "no purchase order", "an amount beyond range"],
)
def test_what_stops_a_deal_names_the_crm(facts: Sequence[Fact], expected: tuple[str, str, str]) -> None:
    [decision] = drafts(a_state(*WORLD, *facts), day(2))
    assert decision.kind == "draft_blocked"
    named = [(f["reason_code"], f["upstream_system"], f["upstream_field"]) for f in decision.payload["failures"]]
    assert named[0] == expected


EVENTS: tuple[Fact, ...] = (
    a_deal(known=2, is_won=False, won_at=None),
    a_deal(known=3),
    a_deal(known=4, is_won=False),
    a_deal(known=5),
    a_deal_line("L1", "40.00", 2, known=2),
    a_deal_line("L1", "50.00", 2, known=3),
    a_deal_line("L2", "50.00", known=3),
)


@settings(max_examples=60, deadline=None)
@given(
    days=st.lists(st.integers(1, 12), min_size=len(EVENTS), max_size=len(EVENTS)),
    again=st.lists(st.tuples(st.integers(0, len(EVENTS) - 1), st.integers(1, 12)), max_size=4),
)
def test_late_repeated_and_out_of_order_events_end_in_the_same_invoice(
    days: list[int], again: list[tuple[int, int]]
) -> None:
    told = [*zip(EVENTS, days, strict=True), *((EVENTS[place], number) for place, number in again)]
    facts: list[Fact] = [a_customer()]
    facts += [replace(event, known_date=day(number)) for event, number in told]
    log = MemoryLog()
    policy = a_policy_that_bills_deals("MUS")
    for number in range(1, 15):
        if number == 14:
            log.by_person("draft_approved", KEY, number)
        walk_days([*facts, a_receipt()], log, number, number, policy=policy)
    issued = [(each.subject_key, each.payload["net_amount"]) for each in log.of("invoice_issued")]
    assert issued == [(KEY, "150.00")]


def test_a_deal_s_invoice_is_earned_with_it_and_walked_again_the_same() -> None:
    policy = a_policy_that_bills_deals("MUS")
    log = MemoryLog()
    walk_days(WORLD, log, 1, 3, policy=policy)
    log.by_person("draft_approved", KEY, 4)
    first = walk_days(WORLD, log, 4, 35, policy=policy)
    [posted] = log.of("revenue_recognised")
    assert [entry["revenue"] for entry in posted.payload["entries"]] == ["-150.00"]
    assert posted.payload["judgements"][0]["obligation_key"] == "deal|D1"
    again = walk_days(WORLD, log, 4, 35, policy=policy)
    assert again.decision_count == 0
    assert again.tables == first.tables


def test_a_deal_credited_in_part_and_billed_again_was_blocked_for_its_price() -> None:
    state = a_state(*WORLD)
    drafts(state, day(2))
    issue(state, KEY, day(2))
    credit(state, KEY, 3, net="10.00")
    credit(state, KEY, 3)
    drafted = drafts(state, day(3))[-1]
    assert (drafted.kind, drafted.payload["net_amount"]) == ("draft_created", "140.00")
