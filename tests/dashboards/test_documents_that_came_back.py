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
