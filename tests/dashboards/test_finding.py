"""What people look for is found, however old, and each page leads on to where it is worked on."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta

import pytest
from streamlit.testing.v1 import AppTest

from assets.ledger.decision import ActorKind, Decision, OutboxMessage
from dashboards import frame, reading
from tests.dashboards.published import AS_OF, AT, OPEN_DAY, Home
from tests.dashboards.test_cash_screen import change, view
from tests.dashboards.test_screens import a_send_that_nobody_confirmed, table, texts

Open = Callable[..., AppTest]


def options(app: AppTest) -> str:
    return str(app.segmented_control(key="view").options)


def test_an_issued_invoice_is_found_though_it_is_not_among_the_newest(
    home: Home, open_screen: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "ISSUED_SHOWN", 3)
    app = open_screen("invoices", view="issued")
    assert "Issued (12)" in options(app)
    assert len(table(app, "document_number")) == 3
    assert "The newest 3 are listed" in texts(app)
    app.text_input(key="search-issued").input("00211").run()
    assert list(table(app, "document_number")["document_number"]) == ["MUS-2026-00211"]
    assert "openitem documents render 'contract|CT-11|1|2026-05-01|retainer'" in texts(app)


def test_an_application_is_found_though_it_is_not_among_the_newest(
    home: Home, open_screen: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    everything = reading.cash_applied(reading.current_snapshot())
    monkeypatch.setattr(reading, "APPLIED_SHOWN", 2)
    app = view(open_screen("cash"), "applied")
    assert f"Applied ({len(everything)})" in options(app)
    assert len(table(app, "how")) == 2
    oldest = everything[-1]
    app.text_input(key="search-applied").input(str(oldest["document_number"])).run()
    assert oldest["document_number"] in list(table(app, "how")["document_number"])


@pytest.mark.parametrize("wanted", ["1,000.00", "1000", "200 MUS"])
def test_a_search_takes_amounts_and_words_in_any_order(home: Home, wanted: str) -> None:
    assert reading.invoices_issued(reading.current_snapshot(), wanted)


def test_the_address_leads_to_a_view_and_follows_the_one_chosen(home: Home, open_screen: Open) -> None:
    app = open_screen("invoices", view="blocked")
    assert "Blocked: PO number missing" in str([each.value for each in app.warning])
    assert app.query_params["view"] == "blocked"
    view(app, "review")
    assert "view" not in app.query_params
    assert open_screen("invoices", view="no such view").segmented_control(key="view").value == "review"


def test_a_blocked_draft_names_the_system_the_field_and_who_puts_it_right(home: Home, open_screen: Open) -> None:
    change(home, "update rpt_exceptions set subject_label = 'SO-20000' where exception_key = 'x0'")
    said = texts(open_screen("invoices", billing_key="order|SO-20000|SHP-900|goods"))
    assert "Contracts → po_number" in said
    assert "Sales operations" in said


def test_a_draft_whose_document_is_refused_names_rule_field_system_and_owner_on_both_pages(
    home: Home, open_screen: Open
) -> None:
    key = str(
        next(row for row in reading.invoices_to_review(reading.current_snapshot()) if row["status"] == "drafted")[
            "billing_key"
        ]
    )
    said = "BR-11: The Buyer postal address shall contain a Buyer country code (BT-55)"
    change(
        home,
        "update rpt_invoices_to_review set status = 'blocked', reason_code = 'DOCUMENT_REFUSED', refused_because = ? "
        "where billing_key = ?",
        said,
        key,
    )
    change(
        home,
        "update rpt_exceptions set subject_kind = 'charge', subject_key = ?, reason_code = 'DOCUMENT_REFUSED', "
        "owner = 'sales_operations', upstream_system = 'quickbooks', upstream_field = 'BillAddr.Country', context = ? "
        "where exception_key = 'x0'",
        key,
        json.dumps({"rule": "BR-11", "field_at_fault": "customer_address", "refused_because": said}),
    )
    for page, parameter, value in (("invoices", "billing_key", key), ("exceptions", "exception", "x0")):
        shown = texts(open_screen(page, **{parameter: value}))
        assert "QuickBooks → BillAddr.Country" in shown
        assert "Sales operations" in shown
    details = [each.value for each in open_screen("exceptions", exception="x0").dataframe]
    assert any("BR-11" in str(each.values.tolist()) for each in details)


def test_the_overview_counts_what_is_blocked_apart_from_what_waits_for_review(home: Home, open_screen: Open) -> None:
    said = texts(open_screen("overview"))
    assert "**14**" in said
    assert "**3**" in said
    assert "**17**" not in said


def test_a_filter_that_changes_nothing_is_not_offered(home: Home, open_screen: Open) -> None:
    change(home, "update rpt_invoices_to_review set charge_kind = 'usage'")
    labels = [group.label for group in open_screen("invoices").get("button_group")]
    assert "Kind of charge" not in labels


def test_an_unbilled_charge_says_why_in_full_and_opens_its_draft(home: Home, open_screen: Open) -> None:
    key = "order|SO-20000|SHP-900|goods"
    change(
        home,
        "insert into rpt_delivered_not_billed by name select ? as billing_key, 'goods' as charge_kind, "
        "'blocked' as stage, 'PO_NUMBER_MISSING' as reason_code, 'No purchase order is known' as reason, "
        "'sales_operations' as owner, 'USD' as currency_code, 10 as total_amount, 10 as net_amount, 3 as age_days, "
        "'A customer' as customer_name, 'SO-20000' as order_number, date '2026-06-27' as triggered_date",
        key,
    )
    app = open_screen("invoices", view="unbilled")
    assert "No purchase order is known" in texts(app)
    app.button(key="open-draft").click().run()
    assert key in texts(app)
    assert app.segmented_control(key="view").value == "blocked"


@pytest.mark.parametrize("screen", ["overview", "exceptions", "sync"])
def test_an_uncertain_send_is_visible_where_people_look(home: Home, open_screen: Open, screen: str) -> None:
    assert "1 uncertain send" not in texts(open_screen(screen))
    a_send_that_nobody_confirmed(home)
    assert "1 uncertain send" in texts(open_screen(screen))


def test_a_control_total_over_several_currencies_is_not_shown_as_an_amount(home: Home, open_screen: Open) -> None:
    change(home, "update rpt_sync set amount_sum = 5 where currency_code is null")
    rows = table(open_screen("sync"), "amount_sum").to_dict("records")
    assert {row["currency_code"] is None for row in rows if row["amount_sum"] is not None} == {False}


def test_a_silent_system_stands_first(home: Home, open_screen: Open) -> None:
    change(home, "delete from rpt_sync where system = 'shop' and business_date > ?", AS_OF - timedelta(days=9))
    first = table(open_screen("sync"), "silent_days").to_dict("records")[0]
    assert (first["from"], first["silent_days"]) == ("Shop", 9)


def test_a_letter_can_be_read_before_and_after_it_left(home: Home, open_screen: Open) -> None:
    decision = Decision("reminder_queued", "document", "o0", OPEN_DAY, ActorKind.RULE, "collections", {})
    with home.store() as store:
        letter = OutboxMessage(
            decision.decision_key, "email", "ap@customer.example", "o0", OPEN_DAY,
            {"subject": "Reminder: MUS-2026-00400", "body": "Dear customer,\n\n**please** pay\x00 1.000,00 €"},
        )  # fmt: skip
        store.append([decision], outbox=[letter], recorded_at=AT)
    app = open_screen("outbox", search="00400")
    assert [each.value for each in app.get("code")] == ["Dear customer,\n\n**please** pay  1.000,00 €"]


def test_a_receipt_is_known_by_its_payer_among_the_exceptions(home: Home, open_screen: Open) -> None:
    change(home, "update rpt_exceptions set subject_kind = 'receipt', subject_key = 'r3' where exception_key = 'x1'")
    payer = reading.cash_queue(reading.current_snapshot())
    expected = next(row["payer_name"] for row in payer if row["receipt_key"] == "r3")
    assert frame.wording.plain_text(expected) in texts(open_screen("exceptions", exception="x1"))


def test_evidence_reads_as_words_and_dates_and_without_hashes(home: Home, open_screen: Open) -> None:
    context = {"act_by": "2026-01-04", "kind": "usage_true_up", "customer_key": "eab1388f", "late": True, "text": None}
    change(home, "update rpt_exceptions set context = ? where exception_key = 'x1'", json.dumps(context))
    rows = dict(table(open_screen("exceptions", exception="x1"), "Detail")[["Detail", "Value"]].to_numpy())
    assert rows == {"Act by": "4 Jan 2026", "Kind": "Usage true up", "Late": "Yes"}
