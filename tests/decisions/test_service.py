"""What people may decide, what is refused, and what stands in the log afterwards."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from assets.decisions import invoice_review, service
from assets.decisions.errors import ClosedDayError, NotAllowedError, StaleViewError, UndecidableError
from assets.decisions.roles import ALLOWED_ACTIONS, Actor, Role, may
from assets.decisions.service import Application
from assets.decisions.store import DecisionStore
from assets.decisions.turn import Turn
from assets.ledger.issuing import invoice_message
from tests.decisions.builders import ANNA, AT, DAY, NEXT_DAY, a_decision, a_draft, a_turn, an_invoice, as_shown

CLERK = Actor("carl", Role.CLERK)
VIEWER = Actor("vera", Role.VIEWER)
KEY = "contract|CT-1|1|2026-03-01|retainer"
RECEIPT = {
    "receipt_key": "r1", "receipt_id": "ACC/1/1", "unapplied_amount": Decimal("100.00"), "currency_code": "EUR",
    "customer_key": "c1", "version": 0,
}  # fmt: skip
PROPOSAL = [{"document_key": "d1", "document_number": "INV-1", "applied_amount": Decimal("100.00"), "rule": "exact"}]
ITEM = {
    "document_key": "d1", "document_number": "INV-1", "customer_key": "c1", "open_amount": Decimal("50.00"),
    "currency_code": "EUR",
}  # fmt: skip
EXCEPTION = {"exception_key": "x1", "reason_code": "PO_NUMBER_MISSING"}
ORDER = {"order_key": "o1"}
ISSUED_KEY = "contract|CT-2|1|2026-03-01|retainer"

CALLS: dict[str, Callable[[DecisionStore, Turn], Any]] = {
    "approve_draft": lambda s, t: invoice_review.approve_draft(s, t, as_shown(a_draft()), seen_version=1),
    "undo_approval": lambda s, t: invoice_review.undo_approval(
        s, t, {"billing_key": ISSUED_KEY}, seen_version=4, note="wrong month"
    ),
    "reject_draft": lambda s, t: invoice_review.reject_draft(
        s, t, as_shown(a_draft()), seen_version=1, reason_code="WRONG"
    ),
    "hold_draft": lambda s, t: invoice_review.hold_draft(s, t, as_shown(a_draft()), seen_version=1, reason_code="WAIT"),
    "correct_draft": lambda s, t: invoice_review.correct_draft(
        s, t, as_shown(a_draft()), seen_version=1, purchase_order_number="PO-1",
        lines=a_draft().payload["lines"], note="PO was missing",
    ),
    "confirm_match": lambda s, t: service.confirm_match(s, t, RECEIPT, PROPOSAL, seen_version=0),
    "change_match": lambda s, t: service.change_match(
        s, t, RECEIPT, [Application("d2", "INV-2", Decimal("60"))], seen_version=0, customer_key="c1"
    ),
    "reject_match": lambda s, t: service.reject_match(s, t, RECEIPT, PROPOSAL, seen_version=0, reason_code="NOT_OURS"),
    "put_on_account": lambda s, t: service.put_on_account(s, t, RECEIPT, seen_version=0, customer_key="c1"),
    "undo_application": lambda s, t: service.undo_application(
        s, t, {"receipt_key": "r9", "decision_key": a_decision("cash_applied", "r9").decision_key},
        seen_version=2, note="wrong customer",
    ),
    "hold_reminder": lambda s, t: service.hold_reminder(s, t, ITEM, seen_version=0),
    "release_reminder": lambda s, t: service.release_reminder(s, t, ITEM, seen_version=0, whole_customer=True),
    "record_promise": lambda s, t: service.record_promise(
        s, t, ITEM, seen_version=0, promised_date=NEXT_DAY, promised_amount=Decimal("50")
    ),
    "assign_exception": lambda s, t: service.assign_exception(s, t, EXCEPTION, seen_version=0, owner="finance"),
    "close_exception": lambda s, t: service.close_exception(s, t, EXCEPTION, seen_version=0, note="paid by card"),
    "retry_exception": lambda s, t: service.retry_exception(s, t, EXCEPTION, seen_version=0),
    "release_order": lambda s, t: service.release_order(s, t, ORDER, seen_version=0, note="by phone"),
    "release_credit": lambda s, t: service.release_credit(s, t, ORDER, seen_version=0, note="prepaid"),
}  # fmt: skip


@pytest.fixture
def desk(store: DecisionStore) -> DecisionStore:
    """A store with one draft, one applied receipt, and one invoice whose mail waits."""
    issued = an_invoice(ISSUED_KEY)
    decisions = [a_draft(), a_decision("cash_applied", "r9"), a_draft(ISSUED_KEY), issued]
    store.append(decisions, outbox=[invoice_message(issued, "ap@customer.example")], recorded_at=AT)
    return store


@pytest.mark.parametrize("action", CALLS)
@pytest.mark.parametrize("role", Role)
def test_each_role_may_do_what_is_listed_and_nothing_else(desk: DecisionStore, role: Role, action: str) -> None:
    before = desk.last_sequence()
    if action in ALLOWED_ACTIONS[role]:
        recorded = CALLS[action](desk, a_turn(Actor("somebody", role)))
        assert recorded[0].decision.actor == "somebody"
        assert CALLS[action](desk, a_turn(Actor("somebody", role))) == recorded, "a second click records nothing"
    else:
        with pytest.raises(NotAllowedError):
            CALLS[action](desk, a_turn(Actor("somebody", role)))
        assert desk.last_sequence() == before


def test_every_service_function_is_in_the_table_and_asks_for_its_own_permission() -> None:
    deciding = {
        name
        for module in (service, invoice_review)
        for name, function in inspect.getmembers(module, inspect.isfunction)
        if function.__module__ == module.__name__ and "turn" in inspect.signature(function).parameters
        if not name.startswith("_")
    }
    assert deciding - {"settle_uncertain"} == set(CALLS)
    for name in deciding:
        function = getattr(service, name, None) or getattr(invoice_review, name)
        assert f'require(turn.actor, "{name}")' in inspect.getsource(function)


def test_an_unknown_role_or_action_is_refused() -> None:
    assert not may(ANNA, "rewrite_history")
    assert not may(Actor("x", "owner"), "approve_draft")  # type: ignore[arg-type]


def test_an_approval_issues_the_next_number_due_by_its_terms(desk: DecisionStore) -> None:
    approved, issued = invoice_review.approve_draft(desk, a_turn(), as_shown(a_draft()), seen_version=1)
    assert (approved.decision.kind, issued.decision.kind) == ("draft_approved", "invoice_issued")
    invoice = issued.decision.payload
    assert invoice["document_number"] == "MUS-2026-00002"
    assert invoice["invoice_date"] == DAY.isoformat()
    assert invoice["due_date"] == (DAY + timedelta(days=30)).isoformat()
    assert invoice["lines"] == a_draft().payload["lines"]


def test_a_second_clerk_cannot_issue_the_same_charge_again(desk: DecisionStore) -> None:
    invoice_review.approve_draft(desk, a_turn(), as_shown(a_draft()), seen_version=1)
    with pytest.raises(StaleViewError):
        invoice_review.approve_draft(desk, a_turn(Actor("ben", Role.APPROVER)), as_shown(a_draft()), seen_version=1)
    with pytest.raises(UndecidableError, match="already issued as invoice `MUS-2026-00002`"):
        invoice_review.approve_draft(desk, a_turn(), as_shown(a_draft()), seen_version=desk.version(KEY))


def test_a_draft_that_shows_another_total_than_the_log_is_not_approved(desk: DecisionStore) -> None:
    shown = {**as_shown(a_draft()), "total_amount": Decimal("1.00")}
    with pytest.raises(UndecidableError, match=r"the page showed a total of 1\.00"):
        invoice_review.approve_draft(desk, a_turn(), shown, seen_version=1)


def test_a_correction_adds_up_again_and_a_rejected_draft_can_be_corrected(desk: DecisionStore) -> None:
    invoice_review.reject_draft(desk, a_turn(), as_shown(a_draft()), seen_version=1, reason_code="WRONG_QUANTITY")
    seen = desk.version(KEY)
    with pytest.raises(UndecidableError, match="was rejected"):
        invoice_review.approve_draft(desk, a_turn(), as_shown(a_draft()), seen_version=seen)
    lines = [{**a_draft().payload["lines"][0], "quantity": "2"}]
    [corrected] = invoice_review.correct_draft(
        desk, a_turn(), as_shown(a_draft()), seen_version=seen, purchase_order_number=None, lines=lines, note="two"
    )
    draft = corrected.decision.payload["draft"]
    assert [draft[k] for k in ("net_amount", "tax_amount", "total_amount")] == ["2400.00", "240.00", "2640.00"]
    shown = {**as_shown(a_draft()), **draft, "total_amount": Decimal("2640.00")}
    _, issued = invoice_review.approve_draft(desk, a_turn(), shown, seen_version=desk.version(KEY))
    assert issued.decision.payload["total_amount"] == "2640.00"


def test_what_was_never_drafted_cannot_be_approved(store: DecisionStore) -> None:
    with pytest.raises(UndecidableError, match="no draft of it is in the log"):
        invoice_review.approve_draft(store, a_turn(), as_shown(a_draft()), seen_version=0)


def test_a_person_is_told_the_open_day(desk: DecisionStore) -> None:
    desk.append([], closes=DAY, recorded_at=AT)
    with pytest.raises(ClosedDayError, match=NEXT_DAY.isoformat()):
        invoice_review.approve_draft(desk, a_turn(), as_shown(a_draft()), seen_version=1)
    assert invoice_review.approve_draft(desk, a_turn(business_date=NEXT_DAY), as_shown(a_draft()), seen_version=1)


@pytest.mark.parametrize(
    ("applications", "complaint"),
    [
        ([], "no document is named"),
        ([("INV-1", "0")], "above zero"),
        ([("INV-1", "60"), ("INV-1", "10")], "named twice"),
        ([("INV-1", "60"), ("INV-2", "40.01")], "100.01 would be applied"),
    ],
    ids=["nothing", "zero", "twice", "too much"],
)
def test_a_receipt_is_never_applied_wrongly(store: DecisionStore, applications: list[Any], complaint: str) -> None:
    chosen = [Application(f"key-{number}", number, Decimal(amount)) for number, amount in applications]
    with pytest.raises(UndecidableError, match=complaint):
        service.change_match(store, a_turn(), RECEIPT, chosen, seen_version=0, customer_key="c1")


def test_what_is_left_of_a_receipt_is_recorded(store: DecisionStore) -> None:
    [changed] = CALLS["change_match"](store, a_turn())
    assert changed.decision.payload["unapplied_amount"] == "40.00"
    with pytest.raises(UndecidableError, match="`anna` applied it"):
        service.confirm_match(store, a_turn(), RECEIPT, PROPOSAL, seen_version=store.version("r1"))


def test_money_of_nobody_is_not_put_on_account_and_what_is_can_be_taken_back(store: DecisionStore) -> None:
    with pytest.raises(UndecidableError, match="Name the customer"):
        service.put_on_account(store, a_turn(), RECEIPT, seen_version=0, customer_key=None)
    [kept] = CALLS["put_on_account"](store, a_turn())
    assert kept.decision.kind == "cash_on_account"
    assert kept.decision.payload["unapplied_amount"] == "100.00"
    assert kept.decision.payload["applications"] == []
    row = {**RECEIPT, "decision_key": kept.decision.decision_key}
    [undone] = service.undo_application(store, a_turn(), row, seen_version=store.version("r1"), note="it was INV-1")
    assert undone.decision.payload["undoes"] == kept.decision.decision_key


def test_an_application_is_undone_once(desk: DecisionStore) -> None:
    CALLS["undo_application"](desk, a_turn())
    row = {"receipt_key": "r9", "decision_key": a_decision("cash_applied", "r9").decision_key}
    with pytest.raises(UndecidableError, match="undone already"):
        service.undo_application(desk, a_turn(), row, seen_version=desk.version("r9"), note="again")
    unknown = {**row, "decision_key": "unknown"}
    with pytest.raises(UndecidableError, match="corrected there"):
        service.undo_application(desk, a_turn(), unknown, seen_version=desk.version("r9"), note="")


@pytest.mark.parametrize(
    ("promised_date", "amount"),
    [(DAY - timedelta(days=1), "10"), (NEXT_DAY, "50.01"), (NEXT_DAY, "0")],
    ids=["past", "more than open", "nothing"],
)
def test_a_promise_must_be_possible(store: DecisionStore, promised_date: date, amount: str) -> None:
    with pytest.raises(UndecidableError):
        service.record_promise(
            store, a_turn(), ITEM, seen_version=0, promised_date=promised_date, promised_amount=Decimal(amount)
        )


@pytest.mark.parametrize("note", ["", "  "])
def test_closing_and_correcting_need_a_note(desk: DecisionStore, note: str) -> None:
    with pytest.raises(UndecidableError, match="note"):
        service.close_exception(desk, a_turn(), EXCEPTION, seen_version=0, note=note)
    with pytest.raises(UndecidableError, match="note"):
        invoice_review.correct_draft(
            desk, a_turn(), as_shown(a_draft()), seen_version=1, purchase_order_number=None,
            lines=a_draft().payload["lines"], note=note,
        )  # fmt: skip


def test_a_refusal_can_be_taken_back_once(store: DecisionStore) -> None:
    [refused] = CALLS["reject_match"](store, a_turn())
    row = {**RECEIPT, "decision_key": refused.decision.decision_key}
    seen = store.version("r1")
    [undone] = service.undo_application(store, a_turn(), row, seen_version=seen, note="it is theirs after all")
    assert undone.decision.payload["undoes"] == refused.decision.decision_key
    with pytest.raises(UndecidableError, match="undone already"):
        service.undo_application(store, a_turn(), row, seen_version=store.version("r1"), note="again")
