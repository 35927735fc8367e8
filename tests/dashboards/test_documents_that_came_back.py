"""What was issued and came back, or never left: a person credits it and bills it again, from the page it waits on."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import duckdb
from streamlit.testing.v1 import AppTest

from assets.decisions import invoice_review
from assets.decisions.roles import Actor, Role
from assets.decisions.turn import Turn
from assets.ledger.decision import ActorKind, Decision, OutboxMessage
from tests.dashboards.published import AT, OPEN_DAY, Home
from tests.dashboards.test_cash_screen import change
from tests.dashboards.test_screens import kinds, texts
from tests.decisions.builders import a_draft_payload

Open = Callable[..., AppTest]


def an_invoice(home: Home, billing_key: str) -> Decision:
    """Let a person approve a draft of the charge; the log of this home did not hold one."""
    payload = a_draft_payload(billing_key)
    drafted = Decision("draft_created", "charge", billing_key, OPEN_DAY, ActorKind.RULE, "invoicing", payload)
    with home.store() as store:
        store.append([drafted], recorded_at=AT)
        shown = {**payload, "total_amount": Decimal(payload["total_amount"]), "billing_email": "ap@acme.example"}
        turn = Turn(Actor("anna", Role.APPROVER), OPEN_DAY, AT)
        seen = store.version(billing_key)
        return invoice_review.approve_draft(store, turn, shown, seen_version=seen)[1].decision


def last_memo(home: Home) -> dict[str, Any]:
    with home.store() as store:
        [memo] = [each.decision for each in store.decisions() if each.decision.kind == "credit_memo_issued"]
    return dict(memo.payload)


def test_a_refused_invoice_is_credited_and_billed_again_as_one_action(home: Home, open_screen: Open) -> None:
    with duckdb.connect(str(home.published), read_only=True) as published:
        [(key,)] = published.execute(
            "select billing_key from rpt_rejected_invoices where document_number = 'MUS-2026-00702'"
        ).fetchall()
    issued = an_invoice(home, key)
    app = open_screen("rejections", document="MUS-2026-00702")
    app.button(key="reissue").click().run()
    app.button(key="reissue-record").click().run()
    assert not app.exception
    assert "credit_memo_issued" in kinds(home)
    memo = last_memo(home)
    assert (memo["bills_again"], memo["credits_document_number"]) == (True, issued.payload["document_number"])
    assert app.button(key="reissue").disabled


def test_what_the_log_does_not_hold_is_refused_in_words(home: Home, open_screen: Open) -> None:
    app = open_screen("rejections", document="MUS-2026-00702")
    app.button(key="reissue").click().run()
    app.button(key="reissue-record").click().run()
    assert "no invoice of it stands" in texts(app)


def test_an_invoice_of_accounting_is_not_credited_here(home: Home, open_screen: Open) -> None:
    app = open_screen("rejections", document="RE103")
    assert "it is credited and issued again there" in texts(app)


def test_an_invoice_that_the_rules_kept_back_waits_in_the_outbox_for_a_person(home: Home, open_screen: Open) -> None:
    issued = an_invoice(home, "order|SO-77|SHP-77|goods")
    with home.store() as store:
        [queued] = [each for each in store.outbox() if each.message.decision_key == issued.decision_key]
        claim = store.claim(queued.outbox_key, "relay", AT, still_due=lambda _: "DOCUMENT_REFUSED")
        assert claim is not None
        assert claim.withdrawn_because == "DOCUMENT_REFUSED"
    app = open_screen("outbox")
    assert "Kept back (1)" in str(app.segmented_control(key="outbox-view").options)
    app.segmented_control(key="outbox-view").set_value("kept_back").run()
    said = texts(app)
    assert "nobody has received it" in said
    app.button(key="bill-again").click().run()
    assert not app.exception
    assert last_memo(home)["credits_document_number"] == issued.payload["document_number"]


def test_what_no_close_sends_any_more_is_not_shown_as_waiting(home: Home, open_screen: Open) -> None:
    an_invoice(home, "order|SO-78|SHP-78|goods")
    long_ago = OPEN_DAY - timedelta(days=9)
    reminder = Decision("reminder_queued", "document", "d1", OPEN_DAY, ActorKind.RULE, "collections", {"level": 1})
    letter = OutboxMessage(reminder.decision_key, "email", "ap@acme.example", "d1", long_ago, {"subject": "Reminder"})
    with home.store() as store:
        store.append([reminder], outbox=[letter], recorded_at=AT)
    views = str(open_screen("outbox").segmented_control(key="outbox-view").options)
    assert "Waiting (1)" in views
    assert "Left alone (1)" in views


def test_an_answer_that_fits_two_invoices_of_one_number_says_so(home: Home, open_screen: Open) -> None:
    app = open_screen("rejections", document="RE105")
    said = texts(app)
    assert "2 invoices have this number, and the answer does not tell which is meant" in said
    assert "Nobody traced this one" in said
    assert "it counts in no rate" in said
    assert "invoices have this number" not in texts(open_screen("rejections", document="RE103"))


def a_late_reminder(home: Home, document_key: str, level: int = 1) -> OutboxMessage:
    """Queue a reminder for a day that no close sends any more."""
    long_ago = OPEN_DAY - timedelta(days=9)
    reminder = Decision(
        "reminder_queued",
        "document",
        document_key,
        OPEN_DAY,
        ActorKind.RULE,
        "collections",
        {"level": level},
        str(level),
    )
    payload = {"subject": f"Reminder of {document_key}", "body": "10 days overdue", "level": level}
    letter = OutboxMessage(
        reminder.decision_key, "email", "ap@acme.example", document_key, long_ago, payload, f"reminder-{level}"
    )
    with home.store() as store:
        store.append([reminder], outbox=[letter], recorded_at=AT)
    return letter


def submit(app: AppTest, label: str) -> None:
    [button] = [each for each in app.button if each.label == label]
    button.click().run()
    assert not app.exception


def test_what_was_left_alone_says_why_and_a_reminder_of_something_open_is_planned_again_once(
    home: Home, open_screen: Open
) -> None:
    letters = [a_late_reminder(home, "o1", 1), a_late_reminder(home, "o1", 2), a_late_reminder(home, "paid")]
    with home.store() as store:
        change(home, "update rpt_open_items set version = ? where document_key = 'o1'", store.version("o1"))
    app = open_screen("outbox", view="too_late")
    said = texts(app) + str([each.value for each in app.info])
    assert "none of them ever left" in said
    assert "3 reminders, 2 of something still due" in said
    assert "Also the 1 that need nothing" in str([each.label for each in app.toggle])
    submit(app, "Let the next close decide anew")
    with home.store() as store:
        states = {each.outbox_key: (each.state.value, each.detail) for each in store.outbox()}
        [again] = [e.decision for e in store.decisions() if e.decision.kind == "reminder_planned_again"]
    assert [states[letter.outbox_key][0] for letter in letters] == ["withdrawn", "withdrawn", "waiting"]
    assert [each["level"] for each in again.payload["reminders"]] == [1, 2]
    app = open_screen("outbox", view="too_late")
    assert "No reminder of it is due any more" in texts(app)
    assert not [each for each in app.button if each.label == "Let the next close decide anew"]


def test_a_late_document_is_let_go_and_waits_for_the_next_close(home: Home, open_screen: Open) -> None:
    long_ago = OPEN_DAY - timedelta(days=30)
    issued = Decision("invoice_issued", "charge", "order|SO-79|SHP-79|goods", OPEN_DAY, ActorKind.RULE, "invoicing", {})
    mail = OutboxMessage(
        issued.decision_key,
        "email",
        "ap@acme.example",
        issued.subject_key,
        long_ago,
        {"document": "invoice"},
        "invoice-1",
    )
    with home.store() as store:
        store.append([issued], outbox=[mail], recorded_at=AT)
    app = open_screen("outbox", view="too_late")
    assert "1 document" in texts(app)
    submit(app, "Send with the next close")
    assert "message_released" in kinds(home)
    views = str(open_screen("outbox").segmented_control(key="outbox-view").options)
    assert "Waiting (1)" in views
    assert "Left alone (0)" in views


def test_a_letter_that_left_with_the_close_was_still_called_queued(home: Home, open_screen: Open) -> None:
    letter = a_late_reminder(home, "o9")
    change(home, "update rpt_reminders set outbox_key = ? where document_key = 'o9'", letter.outbox_key)
    assert "Waiting" in texts(open_screen("reminders", document="MUS-2026-00409"))
    with home.store() as store:
        claim = store.claim(letter.outbox_key, "relay", AT)
        assert claim is not None
        store.mark_sent(letter.outbox_key, claim.attempt, "relay", AT, "as.eml")
    assert "Sent" in texts(open_screen("reminders", document="MUS-2026-00409"))
