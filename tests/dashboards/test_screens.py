"""Each page opens, says its dates, and records what is clicked."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import duckdb
import pytest
from streamlit.testing.v1 import AppTest

from assets.decisions.invoice_review import approve_draft, message_key_of, reject_draft
from tests.dashboards.conftest import SCREENS
from tests.dashboards.published import AS_OF, AT, HOSTILE, OPEN_DAY, Home, publish
from tests.decisions.builders import a_turn

Open = Callable[..., AppTest]


def texts(app: AppTest) -> str:
    """Everything a page says as plain text."""
    return "\n".join(
        str(element.value) for element in [*app.text, *app.caption, *app.markdown, *app.title, *app.subheader]
    )


def metric(app: AppTest, label: str) -> str:
    return next(str(each.value) for each in app.metric if each.label == label)


def kinds(home: Home) -> list[str]:
    with home.store() as store:
        return [entry.decision.kind for entry in store.people_since(0)]


@pytest.mark.parametrize("screen", SCREENS)
def test_a_page_opens_and_says_its_dates(home: Home, open_screen: Open, screen: str) -> None:
    said = texts(open_screen(screen))
    for date in ("As of 30 Jun 2026", "Last green run 30 Jun 2026", "Decisions count on 1 Jul 2026"):
        assert date in said
    assert "anna (approver)" in said
    assert "OPENITEM_USER" in said


@pytest.mark.parametrize("screen", SCREENS)
def test_an_empty_page_says_what_that_means(home: Home, open_screen: Open, screen: str) -> None:
    shutil.rmtree(home.published.parent)
    publish(home.path, {})
    said = texts(open_screen(screen))
    assert any(word in said for word in ("No ", "Nothing ", "Nobody "))


@pytest.mark.parametrize("screen", SCREENS)
def test_a_home_without_a_run_says_what_to_do(home: Home, open_screen: Open, screen: str) -> None:
    home.published.unlink()
    assert "Nothing has been published yet" in texts(open_screen(screen))


@pytest.mark.parametrize("screen", SCREENS)
def test_red_books_are_shown_as_red(home: Home, open_screen: Open, screen: str) -> None:
    publish(home.path, {}, verdict="red", verdict_detail="aging differs")
    assert "Books do not tie; last green 30 Jun 2026" in texts(open_screen(screen))


OLDER = "This snapshot was built by an older version: run the close again"


@pytest.mark.parametrize(
    ("screen", "change"),
    [
        ("rejections", "drop table rpt_rejected_invoices"),
        ("invoices", "drop table rpt_draft_sources"),
        ("invoices", "alter table rpt_invoices_to_review drop column previous_total_amount"),
        ("outbox", "alter table rpt_invoices_issued drop column occurrence"),
        ("revenue", "drop table rpt_revenue_roll_forward"),
        ("cash", "alter table rpt_run drop column open_date"),
    ],
)
def test_a_file_of_an_older_version_says_so_and_what_to_do(
    home: Home, open_screen: Open, screen: str, change: str
) -> None:
    with duckdb.connect(str(home.published)) as connection:
        connection.execute(change)
    said = texts(open_screen(screen))
    assert OLDER in said
    assert change.split()[-1] in said


def test_a_fault_of_ours_is_not_taken_for_an_older_file(
    home: Home, open_screen: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(snapshot: object) -> None:
        raise KeyError("reason_code")

    monkeypatch.setattr("dashboards.reading.sync_days", broken)
    with pytest.raises(AssertionError):  # the page shows an exception
        open_screen("sync")


@pytest.mark.parametrize("screen", SCREENS)
def test_text_from_outside_is_never_markup(home: Home, open_screen: Open, screen: str) -> None:
    app = open_screen(screen)
    marked_up = [*app.markdown, *app.caption, *app.title, *app.subheader, *app.error, *app.button, *app.metric]
    said = "\n".join(str(getattr(each, "value", "")) + str(getattr(each, "label", "")) for each in marked_up)
    assert not [text for text in HOSTILE if text in said]
    assert not [piece for piece in ("<script", "![", "](", "onerror") if piece in said]


def test_an_approval_issues_the_invoice_and_stays_pending_until_the_next_run(home: Home, open_screen: Open) -> None:
    app = open_screen("invoices")
    total = metric(app, "Total to invoice")
    app.button(key="approve").click().run()
    assert not app.exception
    assert kinds(home) == ["draft_approved", "invoice_issued"]
    with home.store() as store:
        issued = store.people_since(0)[1].decision
    assert issued.actor == "anna"
    assert issued.business_date == OPEN_DAY
    assert issued.payload["document_number"] == "MUS-2026-00001"
    assert f"${Decimal(issued.payload['total_amount']):,.2f}" == total
    assert "1 decision pending" in texts(app)
    assert "To review (13)" in str(app.segmented_control(key="view").options)
    assert metric(app, "Total to invoice") != total


def test_a_draft_that_somebody_else_decided_is_not_approved(home: Home, open_screen: Open) -> None:
    app = open_screen("invoices")
    shown = _first_draft(home)
    with home.store() as store:
        reject_draft(
            store,
            a_turn(business_date=OPEN_DAY),
            shown,
            seen_version=shown["version"],
            reason_code="DRAFT_AMOUNT_WRONG",
        )
    app.button(key="approve").click().run()
    assert "changed since you looked" in texts(app)
    assert kinds(home) == ["draft_rejected"]


def _first_draft(home: Home) -> dict[str, object]:
    from dashboards import reading

    return next(row for row in reading.invoices_to_review(reading.current_snapshot()) if row["status"] == "drafted")


def test_a_link_opens_its_draft_and_a_rejection_needs_a_reason_from_the_list(home: Home, open_screen: Open) -> None:
    key = "contract|CT-1004|1|2026-06-01|retainer"
    app = open_screen("invoices", invoice=key)
    assert key in texts(app)
    app.button(key="reject").click().run()
    app.selectbox(key="reject-reason").select("DRAFT_NOT_AGREED")
    app.text_input(key="reject-note").input("cancelled by phone")
    app.button(key="reject-record").click().run()
    with home.store() as store:
        [rejected] = [entry.decision for entry in store.people_since(0)]
    assert (rejected.kind, rejected.subject_key, rejected.reason_code) == ("draft_rejected", key, "DRAFT_NOT_AGREED")
    assert rejected.payload["note"] == "cancelled by phone"


def test_a_held_draft_stays_in_the_list_and_can_be_approved(home: Home, open_screen: Open) -> None:
    app = open_screen("invoices")
    app.button(key="hold").click().run()
    app.button(key="hold-record").click().run()
    assert "Held: Draft waits for customer" in texts(app)
    app.button(key="approve").click().run()
    assert kinds(home) == ["draft_held", "draft_approved", "invoice_issued"]


def test_a_language_we_have_no_words_of_is_said_before_the_invoice_goes_out_in_english(
    home: Home, open_screen: Open
) -> None:
    warning = "No words of ours in Dutch: it goes out in English"
    assert _first_draft(home)["language_code"] == "nl"
    assert warning in texts(open_screen("invoices"))
    with duckdb.connect(str(home.published)) as connection:
        connection.execute("update rpt_invoices_to_review set language_code = null")
    assert warning not in texts(open_screen("invoices"))


def table(app: AppTest, column: str) -> Any:
    """The table on the page that has a column."""
    return next(each.value for each in app.dataframe if column in each.value.columns)


def test_a_price_that_is_not_the_ordered_one_stands_out(home: Home, open_screen: Open) -> None:
    app = open_screen("invoices", billing_key="order|SO-10003|SHP-503|goods")
    assert "1 difference" in texts(app)
    [found] = table(app, "expected").to_dict("records")
    assert (found["field"], found["on_draft"], found["expected"]) == ("Price, line 1", "1,411", "1,406 (order)")
    assert list(table(app, "agreed_price")["mark"]) == ["≠", " "]


def test_a_retainer_says_what_changed_since_the_period_before(home: Home, open_screen: Open) -> None:
    app = open_screen("invoices", billing_key="contract|CT-1004|1|2026-06-01|retainer")
    changes = table(app, "change").to_dict("records")
    assert [row["what"] for row in changes] == ["≠ price 1,448 → 1,548", "same"]
    assert [row["change"] for row in changes] == [Decimal(100), Decimal(0)]


def test_an_approval_is_taken_back_and_the_draft_waits_again(home: Home, open_screen: Open) -> None:
    app = open_screen("invoices")
    app.button(key="approve").click().run()
    assert "MUS-2026-00001" in texts(app)
    app.button(key="undo").click().run()
    app.text_input(key="undo-note").input("wrong month")
    app.button(key="undo-record").click().run()
    assert kinds(home) == ["draft_approved", "invoice_issued", "invoice_cancelled"]
    assert "To review (14)" in str(app.segmented_control(key="view").options)
    with home.store() as store:
        assert [queued.state.value for queued in store.outbox()] == ["withdrawn"]


def test_drafts_are_walked_through_with_keys(home: Home, open_screen: Open) -> None:
    app = open_screen("invoices")
    first = metric(app, "Total to invoice")
    app.button(key="next").click().run()
    assert metric(app, "Total to invoice") != first
    app.button(key="previous").click().run()
    assert metric(app, "Total to invoice") == first


def test_a_blocked_draft_is_corrected_from_the_page(home: Home, open_screen: Open) -> None:
    app = open_screen("invoices", billing_key="order|SO-20000|SHP-900|goods")
    assert "Blocked: PO number missing" in str([each.value for each in app.warning])
    app.button(key="correct").click().run()
    app.text_input(key="correct-po").input("PO-4711")
    app.text_input(key="correct-note").input("PO by phone")
    app.button(key="correct-record").click().run()
    assert kinds(home) == ["draft_corrected"]
    assert "To review (15)" in str(app.segmented_control(key="view").options)


def test_a_draft_without_a_billing_contact_cannot_be_approved(home: Home, open_screen: Open) -> None:
    app = open_screen("invoices", billing_key="contract|CT-1013|1|2026-06-01|usage")
    assert "No billing contact" in texts(app)
    assert app.button(key="approve").disabled


def a_send_that_nobody_confirmed(home: Home) -> str:
    """An invoice whose mail was claimed, and then the machine went down."""
    shown = _first_draft(home)
    with home.store() as store:
        turn = a_turn(business_date=OPEN_DAY)
        _, issued = approve_draft(store, turn, shown, seen_version=int(str(shown["version"])))
        key = message_key_of(issued.decision)
        store.claim(key, "relay", AT)
    return key


@pytest.mark.parametrize(
    ("button", "state"), [("It was sent", "sent"), ("It was not: send again", "waiting")], ids=["sent", "again"]
)
def test_an_uncertain_send_is_settled_by_a_person_with_a_note(
    home: Home, open_screen: Open, button: str, state: str
) -> None:
    a_send_that_nobody_confirmed(home)
    assert "1 uncertain send" in texts(open_screen("exceptions"))
    app = open_screen("outbox")
    next(each for each in app.button if each.label == button).click().run()
    assert "without a note" in texts(app)
    app.text_input(key="settle-note").input("asked the provider")
    next(each for each in app.button if each.label == button).click().run()
    with home.store() as store:
        [queued] = store.outbox()
        assert (queued.state.value, queued.detail) == (state, "asked the provider")
        assert store.verify().is_intact


def test_a_refused_invoice_is_traced_to_its_field_and_its_cause(home: Home, open_screen: Open) -> None:
    said = texts(open_screen("rejections", document="MUS-2026-00702"))
    assert "Field at fault" in said
    assert "Could be prevented by" in said


@pytest.mark.parametrize(("screen", "query"), [("invoices", {"search": "CT-1004"})])
def test_a_link_by_search_shows_what_it_finds(home: Home, open_screen: Open, screen: str, query: Any) -> None:
    assert "contract|CT-1004|1|2026-06-01|retainer" in texts(open_screen(screen, **query))


def test_a_proposal_is_confirmed_with_one_click(home: Home, open_screen: Open) -> None:
    app = open_screen("cash", receipt="r2")
    assert metric(app, "To apply") == "$3,020.00"
    app.button(key="confirm-1").click().run()
    with home.store() as store:
        [confirmed] = [entry.decision for entry in store.people_since(0)]
    assert (confirmed.kind, confirmed.subject_key) == ("match_confirmed", "r2")
    assert sum(Decimal(part["applied_amount"]) for part in confirmed.payload["applications"]) == Decimal("3020")
    assert "To decide (13)" in str(app.segmented_control(key="view").options)


@pytest.mark.parametrize(
    ("what", "subject"), [("This invoice", "document"), ("Everything of this customer", "customer")]
)
def test_reminders_are_held(home: Home, open_screen: Open, what: str, subject: str) -> None:
    app = open_screen("reminders")
    app.radio(key="hold-what").set_value(what)
    next(button for button in app.button if button.label == "Hold reminders").click().run()
    with home.store() as store:
        [held] = [entry.decision for entry in store.people_since(0)]
    assert (held.kind, held.subject_kind) == ("reminder_held", subject)


def test_a_promise_is_recorded_and_an_impossible_one_refused(home: Home, open_screen: Open) -> None:
    app = open_screen("reminders")
    app.text_input(key="promise-amount").input("1e9")
    next(button for button in app.button if button.label == "Record the promise").click().run()
    assert "Not recorded" in str(app.error[0].value)
    app.text_input(key="promise-amount").input("1000,50")
    next(button for button in app.button if button.label == "Record the promise").click().run()
    assert "`1000,50` is no number" in texts(app)
    app.text_input(key="promise-amount").input("1,000.50")
    next(button for button in app.button if button.label == "Record the promise").click().run()
    with home.store() as store:
        [promised] = [entry.decision for entry in store.people_since(0)]
    assert promised.payload["promised_amount"] == "1000.50"


def test_exceptions_are_assigned_retried_and_closed(home: Home, open_screen: Open) -> None:
    app = open_screen("exceptions", exception="x2")
    app.text_input(key="assign-owner").input("finance")
    next(button for button in app.button if button.label == "Assign").click().run()
    app = open_screen("exceptions", exception="x2")
    assert "Finance" in texts(app)
    app.button(key="retry").click().run()
    app = open_screen("exceptions", exception="x2")
    next(button for button in app.button if button.label == "Close").click().run()
    assert "without a note" in texts(app)
    app = open_screen("exceptions", exception="x2")
    app.text_input(key="close-note").input("settled")
    next(button for button in app.button if button.label == "Close").click().run()
    assert kinds(home) == ["exception_assigned", "exception_retried", "exception_closed"]


def test_an_order_is_released_from_its_exception(home: Home, open_screen: Open) -> None:
    app = open_screen("exceptions", exception="x0")
    app.text_input(key="release-note").input("PO by e-mail")
    next(button for button in app.button if button.label == "Release").click().run()
    assert kinds(home) == ["order_released"]


def test_a_viewer_looks_and_cannot_decide(home: Home, open_screen: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENITEM_ROLE", "viewer")
    app = open_screen("invoices")
    assert app.button(key="approve").disabled
    assert app.button(key="correct").disabled
    monkeypatch.setenv("OPENITEM_ROLE", "owner of everything")
    assert open_screen("invoices").button(key="approve").disabled


def test_a_decision_after_the_close_counts_on_the_next_open_day(home: Home, open_screen: Open) -> None:
    with home.store() as store:
        store.append([], closes=OPEN_DAY, recorded_at=AT)
    app = open_screen("invoices")
    assert "Decisions count on 2 Jul 2026" in texts(app)
    app.button(key="approve").click().run()
    with home.store() as store:
        assert store.people_since(0)[0].decision.business_date > OPEN_DAY > AS_OF


def test_all_tiles_of_a_page_come_from_the_snapshot_that_is_published_now(home: Home, open_screen: Open) -> None:
    app = open_screen("exceptions")
    assert "Payer unknown" in texts(app)
    publish(home.path, {})
    app.run()
    assert "No exception is open" in texts(app)


def test_drafts_that_a_fault_blocked_are_timed_apart(home: Home, open_screen: Open) -> None:
    app = open_screen("overview")
    [delays] = [each.value for each in app.dataframe if "trigger_to_reviewable_hours_p95" in each.value.columns]
    assert delays["group"].tolist() == ["Every charge", "Nothing wrong", "Blocked by a fault"]
    hours = [Decimal("1663.4"), Decimal("17.93"), Decimal("3846.5")]
    assert delays["trigger_to_reviewable_hours_p95"].tolist() == hours
    assert delays["still_blocked_count"].tolist() == [4, 0, 4]
