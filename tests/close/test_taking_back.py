"""What people take back, from the button's function to the walk after it: nothing is lost, nothing is twice."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from assets.close.commit import committing
from assets.close.facts import Facts
from assets.close.walk import WalkResult, walk
from assets.decisions.crediting import credit_invoice
from assets.decisions.invoice_review import approve_draft, current_draft, live_invoice, undo_approval
from assets.decisions.roles import Actor, Role
from assets.decisions.store import DecisionStore
from assets.decisions.turn import Turn
from assets.ledger.day import Fact
from assets.ledger.decision import Decision
from assets.platform.window import RunMode, RunWindow
from tests.close.builders import (
    a_customer,
    a_frame_agreement,
    a_policy,
    a_shipment,
    an_order,
    an_order_line,
    day,
    entities,
)

GOODS = "order|SO-1|SHP-1|goods"
COMPANY: list[Fact] = [a_customer(), a_frame_agreement(), an_order(), an_order_line(), a_shipment()]


@pytest.fixture
def store(tmp_path: Path) -> Iterator[DecisionStore]:
    with DecisionStore.open(tmp_path / "decisions.sqlite") as opened:
        yield opened


def run(store: DecisionStore, first: int, last: int, mode: RunMode = RunMode.CLOSE) -> WalkResult:
    log = store.decisions()
    window = RunWindow(day(first), day(last), mode)
    known = [fact for fact in COMPANY if fact.known_date is not None and fact.known_date <= day(last)]
    commit = committing(
        store,
        datetime.combine(day(last), time(22), UTC),
        read_until=log[-1].sequence if log else 0,
        run_key=f"{mode}-{first}-{last}-{len(log)}",
        policy_digest="seeds",
    )
    return walk(Facts.of(entities(), known), log, window, a_policy(), commit)


def turn(on: int) -> Turn:
    return Turn(Actor("anna", Role.APPROVER), day(on), datetime.combine(day(on), time(12), UTC))


def approve(store: DecisionStore, on: int) -> Decision:
    draft = current_draft(store.on_subject(GOODS))
    assert draft is not None
    shown = {**draft, "total_amount": Decimal(draft["total_amount"]), "billing_email": "ap@acme.example"}
    return approve_draft(store, turn(on), shown, seen_version=store.version(GOODS))[1].decision


def posted(store: DecisionStore) -> dict[str, Decimal]:
    """Return what the journal holds of the charge, by account."""
    sums: dict[str, Decimal] = {}
    for entry in journal(store):
        for account in ("receivable", "contract_asset", "deferred_revenue", "revenue"):
            sums[account] = sums.get(account, Decimal(0)) + Decimal(entry.get(account, "0"))
    return {account: amount for account, amount in sums.items() if amount}


def journal(store: DecisionStore) -> list[dict[str, Any]]:
    return [
        entry
        for recorded in store.on_subject(GOODS)
        if recorded.decision.kind == "revenue_recognised"
        for entry in recorded.decision.payload["entries"]
    ]


def test_an_approval_undone_after_an_intraday_run_takes_its_recognised_revenue_back(store: DecisionStore) -> None:
    run(store, 1, 4)
    issued = approve(store, 5)
    run(store, 5, 5, RunMode.INTRADAY)
    assert posted(store) == {"receivable": Decimal("100.00"), "revenue": Decimal("-100.00")}
    undo_approval(
        store, turn(5), {"billing_key": GOODS, **issued.payload}, seen_version=store.version(GOODS), note="too early"
    )
    run(store, 5, 5)
    assert posted(store).get("receivable") is None
    again = approve(store, 6)
    run(store, 6, 40)
    assert again.payload["document_number"] == "MUS-2026-00002"
    assert posted(store) == {"receivable": Decimal("100.00"), "revenue": Decimal("-100.00")}


def test_an_invoice_that_came_back_is_credited_and_its_charge_waits_for_review_at_the_next_walk(
    store: DecisionStore,
) -> None:
    run(store, 1, 4)
    issued = approve(store, 5)
    run(store, 5, 6)
    [memo] = credit_invoice(
        store,
        turn(7),
        {**issued.payload, "billing_key": GOODS},
        seen_version=store.version(GOODS),
        reason_code="CREDIT_REISSUE",
        bills_again=True,
    )
    run(store, 7, 7)
    assert memo.decision.payload["document_number"] == "MUSC-2026-00001"
    assert posted(store).get("receivable") is None
    assert live_invoice(store.on_subject(GOODS)) is None
    second = approve(store, 8)
    run(store, 8, 40)
    assert second.payload["document_number"] == "MUS-2026-00002"
    assert posted(store) == {"receivable": Decimal("100.00"), "revenue": Decimal("-100.00")}
    documents = {entry["document"] for entry in journal(store) if entry["document"]}
    assert len(documents) == 3
