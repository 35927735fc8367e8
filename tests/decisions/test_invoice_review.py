"""Approving, correcting and taking back: one invoice per charge, no gap in the series, a mail with every invoice."""

from __future__ import annotations

from concurrent.futures import ProcessPoolExecutor
from decimal import Decimal
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import pytest

from assets.decisions import invoice_review
from assets.decisions.errors import MessageLeftError, StaleViewError, UndecidableError
from assets.decisions.outbox import MessageState
from assets.decisions.roles import Actor, Role
from assets.decisions.store import DecisionStore
from assets.ledger.decision import Decision
from tests.decisions.builders import AT, DAY, NEXT_DAY, a_decision, a_draft, a_draft_payload, a_turn, as_shown

KEY = "contract|CT-1|1|2026-03-01|retainer"


def a_blocked_draft(reason_code: str, **changes: Any) -> Decision:
    payload = {**a_draft_payload(purchase_order_number=None, **changes), "reason_code": reason_code}
    return a_decision(
        "draft_blocked", KEY, subject_kind="charge", actor="invoicing", payload=payload, reason_code=reason_code
    )


def approve(store: DecisionStore, seen_version: int = 1, business_date: Any = DAY) -> Decision:
    turn = a_turn(business_date=business_date)
    return invoice_review.approve_draft(store, turn, as_shown(a_draft()), seen_version=seen_version)[1].decision


def correct(store: DecisionStore, draft: Decision, **changes: Any) -> list[Any]:
    given = {"purchase_order_number": "PO-1", "lines": draft.payload["lines"], "note": "PO by phone", **changes}
    return invoice_review.correct_draft(store, a_turn(), as_shown(draft), seen_version=1, **given)


def test_a_draft_whose_document_the_rules_refuse_takes_no_number(store: DecisionStore) -> None:
    store.append([a_draft()], recorded_at=AT)
    row = {**as_shown(a_draft()), "reason_code": "DOCUMENT_REFUSED", "refused_because": "BR-11: no country"}
    with pytest.raises(UndecidableError, match="BR-11: no country"):
        invoice_review.approve_draft(store, a_turn(), row, seen_version=1)
    assert store.outbox() == []


def test_an_approval_queues_the_mail_with_the_invoice(store: DecisionStore) -> None:
    store.append([a_draft()], recorded_at=AT)
    issued = approve(store)
    [queued] = store.outbox()
    assert (queued.message.recipient, queued.message.subject_key) == ("ap@customer.example", KEY)
    assert queued.message.decision_key == issued.decision_key
    assert queued.outbox_key == invoice_review.message_key_of(issued)


def test_nobody_to_send_to_issues_nothing_and_takes_no_number(store: DecisionStore) -> None:
    store.append([a_draft()], recorded_at=AT)
    shown = {**as_shown(a_draft()), "billing_email": None}
    with pytest.raises(UndecidableError, match="nobody is known to send the invoice to"):
        invoice_review.approve_draft(store, a_turn(), shown, seen_version=1)
    assert (store.last_sequence(), store.outbox()) == (1, [])


def test_an_approval_whose_mail_cannot_be_queued_issues_nothing(
    store: DecisionStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All or nothing: the store fails between the number and the outbox row."""
    from assets.decisions import transaction

    store.append([a_draft()], recorded_at=AT)
    monkeypatch.setattr(transaction, "insert_messages", lambda *_: (_ for _ in ()).throw(OSError("disk full")))
    with pytest.raises(OSError, match="disk full"):
        approve(store)
    monkeypatch.undo()
    assert store.last_sequence() == 1
    assert approve(store).kind == "invoice_issued"
    assert store.on_subject(KEY)[-1].decision.payload["document_number"] == "MUS-2026-00001"


def test_a_blocked_draft_is_corrected_and_then_approved(store: DecisionStore) -> None:
    blocked = a_blocked_draft("PO_NUMBER_MISSING")
    store.append([blocked], recorded_at=AT)
    with pytest.raises(UndecidableError, match="blocked because of PO_NUMBER_MISSING"):
        invoice_review.approve_draft(store, a_turn(), as_shown(blocked), seen_version=1)
    with pytest.raises(UndecidableError, match="PO_NUMBER_MISSING asks for another purchase_order_number"):
        correct(store, blocked, purchase_order_number=None)
    [corrected] = correct(store, blocked)
    assert "reason_code" not in corrected.decision.payload["draft"]
    issued = approve(store, seen_version=store.version(KEY))
    assert issued.payload["purchase_order_number"] == "PO-1"


@pytest.mark.parametrize("reason_code", ["DRAFT_AMOUNT_OUT_OF_RANGE", "SHIPPED_BEYOND_ORDER"])
def test_what_other_lines_put_right_is_corrected_and_approved(store: DecisionStore, reason_code: str) -> None:
    blocked = a_blocked_draft(reason_code)
    store.append([blocked], recorded_at=AT)
    with pytest.raises(UndecidableError, match=f"{reason_code} asks for another lines"):
        correct(store, blocked)
    correct(store, blocked, lines=[{**blocked.payload["lines"][0], "quantity": "0.50"}])
    shown = {**as_shown(blocked), "total_amount": Decimal("660.00")}
    [_, issued] = invoice_review.approve_draft(store, a_turn(), shown, seen_version=store.version(KEY))
    assert issued.decision.payload["total_amount"] == "660.00"


def test_missing_terms_are_filled_in_and_give_the_due_date(store: DecisionStore) -> None:
    blocked = a_blocked_draft("AGREEMENT_MISSING", terms_code=None, due_days=None)
    store.append([blocked], recorded_at=AT)
    correct(store, blocked, terms={"terms_code": "NET14", "due_days": 14})
    issued = approve(store, seen_version=store.version(KEY))
    assert (issued.payload["terms_code"], issued.payload["due_date"]) == ("NET14", "2026-03-24")


def test_a_block_that_no_correction_removes_says_where_it_is_mended(store: DecisionStore) -> None:
    blocked = a_blocked_draft("TAX_CODE_UNKNOWN")
    store.append([blocked], recorded_at=AT)
    with pytest.raises(UndecidableError, match="in the system it comes from"):
        correct(store, blocked)


def test_a_correction_answers_everything_that_stands_against_the_draft(store: DecisionStore) -> None:
    blocked = a_blocked_draft(
        "PO_NUMBER_MISSING",
        failures=[{"reason_code": "PO_NUMBER_MISSING"}, {"reason_code": "PRICE_DIFFERS_FROM_AGREEMENT"}],
    )
    store.append([blocked], recorded_at=AT)
    with pytest.raises(UndecidableError, match="PRICE_DIFFERS_FROM_AGREEMENT asks for another lines"):
        correct(store, blocked)
    lines = [{**blocked.payload["lines"][0], "unit_price": "1100.00"}]
    [corrected] = correct(store, blocked, lines=lines)
    assert corrected.decision.payload["draft"]["total_amount"] == "1210.00"
    assert "failures" not in corrected.decision.payload["draft"]


def test_an_approval_is_taken_back_before_its_mail_left_and_the_number_stays_taken(store: DecisionStore) -> None:
    store.append([a_draft()], recorded_at=AT)
    first = approve(store)
    [cancelled] = invoice_review.undo_approval(
        store, a_turn(), {"billing_key": KEY}, seen_version=store.version(KEY), note="wrong month"
    )
    assert cancelled.decision.payload["document_number"] == "MUS-2026-00001"
    assert [queued.state for queued in store.outbox()] == [MessageState.WITHDRAWN]
    with pytest.raises(StaleViewError):  # the tab that still shows the draft as it was
        approve(store)
    second = approve(store, seen_version=store.version(KEY))
    numbers = [e.decision.payload["document_number"] for e in store.on_subject(KEY) if e.decision.number_series]
    assert numbers == ["MUS-2026-00001", "MUS-2026-00002"]
    assert (first.occurrence, second.occurrence) == ("1", "2")
    assert [queued.state for queued in store.outbox()] == [MessageState.WITHDRAWN, MessageState.WAITING]
    assert store.verify().is_intact


def test_what_has_left_or_may_have_is_not_taken_back(store: DecisionStore) -> None:
    store.append([a_draft()], recorded_at=AT)
    issued = approve(store)
    store.claim(invoice_review.message_key_of(issued), "relay", AT)
    before = store.last_sequence()
    with pytest.raises(MessageLeftError, match="Credit the invoice instead"):
        invoice_review.undo_approval(
            store, a_turn(), {"billing_key": KEY}, seen_version=store.version(KEY), note="too late"
        )
    assert store.last_sequence() == before


def test_an_invoice_of_a_closed_day_is_credited_not_undone(store: DecisionStore) -> None:
    store.append([a_draft()], recorded_at=AT)
    approve(store)
    store.append([], closes=DAY, recorded_at=AT)
    with pytest.raises(UndecidableError, match="that day is closed"):
        invoice_review.undo_approval(
            store,
            a_turn(business_date=NEXT_DAY),
            {"billing_key": KEY},
            seen_version=store.version(KEY),
            note="late",
        )


def _approve_all(url: str, clerk: str, keys: list[tuple[str, int]]) -> list[str]:
    """One clerk in a process of its own: approve every draft that was shown, and say which numbers came of it."""
    numbers = []
    with DecisionStore.open(url if "://" in url else Path(url)) as store:
        for key, seen in keys:
            turn = a_turn(Actor(clerk, Role.APPROVER))
            try:
                _, issued = invoice_review.approve_draft(store, turn, as_shown(a_draft(key)), seen_version=seen)
            except (StaleViewError, UndecidableError):
                continue
            numbers.append(str(issued.decision.payload["document_number"]))
    return numbers


def _twenty_at_once(url: str, store: DecisionStore) -> None:
    """CAT-3, CAT-8, CAT-9, CAT-78: the same five drafts in front of twenty clerks, and one more for each alone."""
    shared = [a_draft(f"contract|CT-{n}|1|2026-03-01|retainer") for n in range(5)]
    own = [a_draft(f"contract|CT-{n}|1|2026-03-01|retainer") for n in range(5, 25)]
    seen = {entry.decision.subject_key: entry.sequence for entry in store.append([*shared, *own], recorded_at=AT)}
    pool = ProcessPoolExecutor(20, mp_context=get_context("fork"))
    with pool:
        at_work = []
        for clerk in range(20):
            # Each begins with another draft, so that same and different ones meet.
            wanted = [*shared[clerk % 5 :], own[clerk], *shared[: clerk % 5]]
            keys = [(draft.subject_key, seen[draft.subject_key]) for draft in wanted]
            at_work.append(pool.submit(_approve_all, url, f"clerk-{clerk}", keys))
        numbers = sorted(number for future in at_work for number in future.result(timeout=120))
    assert numbers == [f"MUS-2026-{n:05d}" for n in range(1, 26)], "no duplicate, no gap"
    issued = [entry.decision for entry in store.decisions() if entry.decision.kind == "invoice_issued"]
    assert len({decision.subject_key for decision in issued}) == len(issued) == 25
    assert {queued.message.subject_key for queued in store.outbox()} == {d.subject_key for d in issued}
    assert store.verify().is_intact


def test_twenty_clerks_in_processes_of_their_own_issue_each_charge_once(store: DecisionStore, tmp_path: Path) -> None:
    _twenty_at_once(str(tmp_path / "decisions.sqlite"), store)


def test_twenty_clerks_on_postgresql_issue_each_charge_once(
    postgresql_store: DecisionStore, postgresql_url: str
) -> None:
    _twenty_at_once(postgresql_url, postgresql_store)


def test_a_correction_between_looking_and_approving_stops_the_approval(store: DecisionStore) -> None:
    store.append([a_draft()], recorded_at=AT)
    correct(store, a_draft(), lines=[{**a_draft().payload["lines"][0], "unit_price": "1300.00"}])
    with pytest.raises(StaleViewError):
        approve(store)
    with pytest.raises(UndecidableError, match=r"the log holds a draft of 1430\.00"):
        approve(store, seen_version=store.version(KEY))
    shown = {**as_shown(a_draft()), "total_amount": Decimal("1430.00")}
    assert invoice_review.approve_draft(store, a_turn(), shown, seen_version=store.version(KEY))


def test_a_line_corrected_to_no_quantity_is_left_out_of_the_invoice(store: DecisionStore) -> None:
    [line] = a_draft().payload["lines"]
    off = {"line_number": 2, "product_id": None, "description": "Credited before on invoice MUS-1", "quantity": "-1",
           "unit_price": "200.00", "net_amount": "-200.00"}  # fmt: skip
    draft = a_draft(lines=[line, off], net_amount="1000.00", tax_amount="100.00", total_amount="1100.00")
    store.append([draft], recorded_at=AT)
    [recorded] = correct(store, draft, lines=[line, {**off, "quantity": "0"}], note="the credit was for another order")
    corrected = recorded.decision.payload["draft"]
    assert ([each["line_number"] for each in corrected["lines"]], corrected["net_amount"]) == ([1], "1200.00")
    with pytest.raises(UndecidableError, match="no lines at all"):
        correct(store, draft, lines=[{**each, "quantity": "0.00"} for each in (line, off)])
