"""What was queued too long ago: a reminder is planned anew, a document is let go, and nothing leaves twice."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from assets.decisions.errors import NotAllowedError, UndecidableError
from assets.decisions.outbox import DAYS_TO_SEND, MessageState
from assets.decisions.roles import Actor, Role
from assets.decisions.sending_late import late_before, left_alone, remind_again, send_late
from assets.decisions.store import DecisionStore
from assets.ledger.decision import Decision, OutboxMessage
from tests.decisions.builders import AT, DAY, a_decision, a_turn

LONG_AGO = DAY - timedelta(days=DAYS_TO_SEND + 1)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[DecisionStore]:
    with DecisionStore.open(tmp_path / "decisions.sqlite") as opened:
        yield opened


def a_reminder(store: DecisionStore, level: int = 1, on: date = LONG_AGO) -> OutboxMessage:
    decision = a_decision("reminder_queued", "doc-1", occurrence=str(level), payload={"level": level})
    return queued(store, decision, f"reminder-{level}", on, {"subject": "Reminder", "level": level})


def a_document(store: DecisionStore, on: date = LONG_AGO) -> OutboxMessage:
    decision = a_decision("invoice_issued", "k1", subject_kind="charge", payload={"document_number": "MUS-1"})
    return queued(store, decision, "invoice-1", on, {"document": "invoice"})


def queued(
    store: DecisionStore, decision: Decision, occurrence: str, on: date, payload: dict[str, Any]
) -> OutboxMessage:
    message = OutboxMessage(
        decision.decision_key, "email", "ap@acme.example", decision.subject_key, on, payload, occurrence
    )
    store.append([decision], outbox=[message], recorded_at=AT)
    return message


def an_item(**changes: Any) -> dict[str, Any]:
    return {
        "document_key": "doc-1",
        "document_number": "RE-1",
        "open_amount": Decimal(10),
        "is_disputed": False,
        "is_rejected": False,
        **changes,
    }


def test_reminders_that_never_left_are_withdrawn_and_the_decision_names_them(store: DecisionStore) -> None:
    first, second = a_reminder(store, 1), a_reminder(store, 2)
    [recorded] = remind_again(store, a_turn(), an_item(), seen_version=store.version("doc-1"), note="they asked")
    assert [each["outbox_key"] for each in recorded.decision.payload["reminders"]] == [
        first.outbox_key,
        second.outbox_key,
    ]
    assert recorded.decision.payload["note"] == "they asked"
    assert [(each.state, each.detail) for each in store.outbox()] == [
        (MessageState.WITHDRAWN, "REMINDER_PLANNED_AGAIN")
    ] * 2
    assert store.claim(first.outbox_key, "relay", AT) is None


def test_a_second_click_is_the_same_decision_and_a_later_one_has_nothing_left(store: DecisionStore) -> None:
    a_reminder(store)
    seen = store.version("doc-1")
    first = remind_again(store, a_turn(), an_item(), seen_version=seen)
    assert remind_again(store, a_turn(), an_item(), seen_version=seen) == first
    with pytest.raises(UndecidableError, match="none of its reminders is left alone"):
        remind_again(store, a_turn(), an_item(), seen_version=store.version("doc-1"))


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"open_amount": Decimal(0)}, "nothing is open"),
        ({"is_disputed": True}, "disputes"),
        ({"is_rejected": True}, "came back"),
    ],
    ids=["paid", "disputed", "sent back"],
)
def test_no_reminder_is_planned_of_what_needs_none(store: DecisionStore, changes: dict[str, Any], why: str) -> None:
    a_reminder(store)
    with pytest.raises(UndecidableError, match=why):
        remind_again(store, a_turn(), an_item(**changes), seen_version=store.version("doc-1"))
    assert [each.state for each in store.outbox()] == [MessageState.WAITING]


def test_what_was_sent_may_have_left_or_leaves_anyway_is_not_planned_again(store: DecisionStore) -> None:
    sent, unsure, fresh = a_reminder(store, 1), a_reminder(store, 2), a_reminder(store, 3, on=late_before(DAY))
    for message in (sent, unsure):
        assert store.claim(message.outbox_key, "relay", AT)
    store.mark_sent(sent.outbox_key, 1, "relay", AT)
    with pytest.raises(UndecidableError, match="What was sent is not sent again"):
        remind_again(store, a_turn(), an_item(), seen_version=store.version("doc-1"))
    states = {each.outbox_key: each.state for each in store.outbox()}
    assert states[fresh.outbox_key] is MessageState.WAITING
    assert left_alone(store.outbox(), DAY) == []


@pytest.mark.parametrize("is_sent", [True, False], ids=["sent", "waiting for the next close"])
def test_where_a_later_reminder_goes_on_the_earlier_ones_are_left_alone(store: DecisionStore, is_sent: bool) -> None:
    late, later = a_reminder(store, 1), a_reminder(store, 2, on=late_before(DAY))
    if is_sent:
        assert store.claim(later.outbox_key, "relay", AT)
        store.mark_sent(later.outbox_key, 1, "relay", AT)
    with pytest.raises(UndecidableError, match="a later reminder"):
        remind_again(store, a_turn(), an_item(), seen_version=store.version("doc-1"))
    assert {each.outbox_key: each.state for each in store.outbox()}[late.outbox_key] is MessageState.WAITING


def test_a_late_document_is_let_go_once_and_only_while_it_waits(store: DecisionStore) -> None:
    message = a_document(store)
    first = send_late(store, a_turn(), message.outbox_key)
    assert send_late(store, a_turn(), message.outbox_key) == first
    assert store.claim(message.outbox_key, "relay", AT)
    with pytest.raises(UndecidableError, match="it is uncertain"):
        send_late(store, a_turn(), message.outbox_key)
    with pytest.raises(UndecidableError, match="not in the outbox"):
        send_late(store, a_turn(), "nothing")


def test_a_late_reminder_does_not_leave_as_it_was_written(store: DecisionStore) -> None:
    message = a_reminder(store)
    with pytest.raises(UndecidableError, match="no longer true"):
        send_late(store, a_turn(), message.outbox_key)


def test_a_clerk_plans_reminders_again_and_an_approver_sends_documents_late(store: DecisionStore) -> None:
    a_reminder(store)
    document = a_document(store)
    clerk, viewer = (a_turn(Actor("bo", role)) for role in (Role.CLERK, Role.VIEWER))
    with pytest.raises(NotAllowedError):
        remind_again(store, viewer, an_item(), seen_version=store.version("doc-1"))
    with pytest.raises(NotAllowedError):
        send_late(store, clerk, document.outbox_key)
    assert remind_again(store, clerk, an_item(), seen_version=store.version("doc-1"))


def test_reminding_of_several_documents_read_the_whole_outbox_for_each(
    store: DecisionStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    for document in ("doc-1", "doc-2"):
        decision = a_decision("reminder_queued", document, payload={"level": 1})
        queued(store, decision, "reminder-1", LONG_AGO, {"subject": "Reminder", "level": 1})
    read = store.outbox()
    monkeypatch.setattr(DecisionStore, "outbox", lambda *_: pytest.fail("read again"))
    for document in ("doc-1", "doc-2"):
        item = an_item(document_key=document)
        assert remind_again(store, a_turn(), item, seen_version=store.version(document), outbox=read)
    monkeypatch.undo()
    assert [each.state for each in store.outbox()] == [MessageState.WITHDRAWN] * 2
