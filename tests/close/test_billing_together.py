"""A customer billed together, walked: one invoice, one mail, one open item; revenue and credits charge by charge."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, time
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from assets.close.commit import committing
from assets.close.facts import Facts
from assets.close.reviewer import Reviewer
from assets.close.walk import walk
from assets.decisions.crediting import credit_invoice
from assets.decisions.invoice_review import approve_draft, current_draft, undo_approval
from assets.decisions.roles import Actor, Role
from assets.decisions.store import DecisionStore
from assets.decisions.turn import Turn
from assets.ledger.day import Fact
from assets.ledger.decision import Decision
from assets.ledger.one_invoice import charges_billed
from assets.ledger.policy import Policy
from assets.platform.window import RunMode, RunWindow
from tests.close.builders import (
    SEEDS,
    MemoryLog,
    a_contract_line,
    a_customer,
    a_frame_agreement,
    a_policy,
    a_shipment,
    an_order,
    an_order_line,
    day,
    entities,
    walk_days,
    walk_in_steps,
)

CARE, HOSTING = "contract|CT-1|1|2026-03-01|retainer", "contract|CT-1|2|2026-03-01|retainer"
GOODS = "order|SO-1|SHP-1|goods"
TOGETHER = [CARE, HOSTING, GOODS]
COMPANY: list[Fact] = [
    a_customer(),
    a_frame_agreement(terms_code="NET30"),
    a_contract_line(),
    a_contract_line(line=2, description="Hosting", period_amount=Decimal("50.00")),
    an_order(terms_code="NET30", agreed_terms_code="NET30"),
    an_order_line(),
    a_shipment(),
]
REVIEWER = Reviewer.of([(day(6), key, at) for at, key in enumerate(TOGETHER)])


@cache
def together() -> Policy:
    rows = {path.stem: list(a_policy().rows(path.stem)) for path in SEEDS.glob("*.csv")}
    rows["billing_groups"] = [{"legal_entity_id": "MUS", "customer_number": "*", "is_billed_together": "true"}]
    return Policy.from_rows(rows)


def revenue_of(decisions: list[Decision]) -> dict[str, Decimal]:
    """Return what revenue says was billed, by charge."""
    billed: dict[str, Decimal] = {}
    for decision in decisions:
        for entry in decision.payload["entries"]:
            amount = Decimal(entry.get("receivable", "0"))
            billed[decision.subject_key] = billed.get(decision.subject_key, Decimal(0)) + amount
    return billed


def test_what_is_approved_on_one_day_is_one_invoice_with_one_mail_and_each_charge_once() -> None:
    log = MemoryLog()
    walk_days(COMPANY, log, 1, 31, reviewer=REVIEWER, policy=together())
    [invoice] = log.of("invoice_issued")
    assert [charge.billing_key for charge in charges_billed(invoice.payload)] == TOGETHER
    assert Decimal(invoice.payload["total_amount"]) == Decimal("1050.00")
    assert sorted(decision.subject_key for decision in log.of("draft_approved")) == sorted(TOGETHER)
    assert [message.payload["document"] for message in log.messages.values()].count("invoice") == 1
    billed = revenue_of(log.of("revenue_recognised"))
    assert {key: billed[key] for key in TOGETHER} == dict(
        zip(TOGETHER, map(Decimal, ("900.00", "50.00", "100.00")), strict=True)
    )


def test_without_the_policy_the_same_company_has_an_invoice_per_charge() -> None:
    log = MemoryLog()
    walk_days(COMPANY, log, 1, 31, reviewer=REVIEWER)
    assert [decision.subject_key for decision in log.of("invoice_issued")] == TOGETHER
    assert not any("charges" in decision.payload for decision in log.of("invoice_issued"))


def test_days_closed_one_by_one_bill_together_as_one_run_does_and_a_replay_changes_nothing() -> None:
    at_once, log = walk_in_steps(COMPANY, [(1, 14)], reviewer=REVIEWER, policy=together())
    one_by_one, single = walk_in_steps(COMPANY, [(n, n) for n in range(1, 15)], reviewer=REVIEWER, policy=together())
    assert at_once == one_by_one
    assert [entry.decision for entry in log.entries] == [entry.decision for entry in single.entries]
    before = len(log.entries)
    again = walk_days(COMPANY, log, 1, 14, reviewer=REVIEWER, policy=together())
    assert again.decision_count == 0
    assert len(log.entries) == before


@pytest.fixture
def store(tmp_path: Path) -> Iterator[DecisionStore]:
    with DecisionStore.open(tmp_path / "decisions.sqlite") as opened:
        yield opened


def run(store: DecisionStore, first: int, last: int, mode: RunMode = RunMode.CLOSE) -> None:
    log = store.decisions()
    known = [fact for fact in COMPANY if fact.known_date is not None and fact.known_date <= day(last)]
    at = datetime.combine(day(last), time(22), UTC)
    name = f"{mode}-{first}-{last}-{len(log)}"
    read = log[-1].sequence if log else 0
    commit = committing(store, at, read_until=read, run_key=name, policy_digest="seeds")
    walk(Facts.of(entities(), known), log, RunWindow(day(first), day(last), mode), together(), commit)


def turn(on: int) -> Turn:
    return Turn(Actor("anna", Role.APPROVER), day(on), datetime.combine(day(on), time(12), UTC))


def row_of(store: DecisionStore, key: str) -> tuple[dict[str, Any], int]:
    draft = current_draft(store.on_subject(key))
    assert draft is not None
    shown = {**draft, "total_amount": Decimal(draft["total_amount"]), "billing_email": "ap@acme.example"}
    return shown, store.version(key)


def approve(store: DecisionStore, on: int) -> Decision:
    (first, seen), *others = [row_of(store, key) for key in TOGETHER]
    return approve_draft(store, turn(on), first, seen_version=seen, others=others)[-1].decision


def billed(store: DecisionStore) -> dict[str, Decimal]:
    recognised = [entry.decision for entry in store.decisions() if entry.decision.kind == "revenue_recognised"]
    return {key: amount for key, amount in revenue_of(recognised).items() if key in TOGETHER}


def test_taking_the_invoice_back_takes_back_the_revenue_of_each_charge_and_bills_them_once_more(
    store: DecisionStore,
) -> None:
    run(store, 1, 5)
    approve(store, 6)
    run(store, 6, 6, RunMode.INTRADAY)
    assert sum(billed(store).values()) == Decimal("1050.00")
    undo_approval(store, turn(6), {"billing_key": HOSTING}, seen_version=store.version(HOSTING), note="not agreed")
    run(store, 6, 6)
    assert set(billed(store).values()) == {Decimal(0)}
    approve(store, 7)
    run(store, 7, 40)
    assert billed(store) == {CARE: Decimal("900.00"), HOSTING: Decimal("50.00"), GOODS: Decimal("100.00")}


def test_a_credit_of_one_charge_is_taken_off_its_own_revenue_and_of_no_other(store: DecisionStore) -> None:
    run(store, 1, 5)
    approve(store, 6)
    run(store, 6, 7)
    credit_invoice(
        store,
        turn(8),
        {"billing_key": HOSTING},
        seen_version=store.version(HOSTING),
        reason_code="CREDIT_PRICE",
        net_amount=Decimal("20.00"),
    )
    run(store, 8, 40)
    assert billed(store) == {CARE: Decimal("900.00"), HOSTING: Decimal("30.00"), GOODS: Decimal("100.00")}


def test_an_invoice_that_came_back_is_replaced_as_one_and_revenue_follows(store: DecisionStore) -> None:
    run(store, 1, 5)
    approve(store, 6)
    run(store, 6, 7)
    credit_invoice(
        store,
        turn(8),
        {"billing_key": CARE},
        seen_version=store.version(CARE),
        reason_code="CREDIT_REISSUE",
        bills_again=True,
    )
    run(store, 8, 8)
    assert set(billed(store).values()) == {Decimal(0)}
    again = approve(store, 9)
    run(store, 9, 40)
    assert again.payload["document_number"] == "MUS-2026-00002"
    assert billed(store) == {CARE: Decimal("900.00"), HOSTING: Decimal("50.00"), GOODS: Decimal("100.00")}
