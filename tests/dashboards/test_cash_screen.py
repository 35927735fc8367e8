"""The Cash page: what a clerk sees of a receipt, what is recorded, and what older homes show."""

from __future__ import annotations

import json
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import duckdb
import pytest
from streamlit.testing.v1 import AppTest

from dashboards import cash_actions, wording
from tests.dashboards.published import AS_OF, OPEN_DAY, Home
from tests.dashboards.test_cash_evidence import WEIGHED
from tests.dashboards.test_screens import kinds, metric, table, texts

Open = Callable[..., AppTest]


def change(home: Home, sql: str, *values: Any) -> None:
    """Change what is published, as another run would have written it."""
    with duckdb.connect(str(home.published)) as connection:
        connection.execute(sql, list(values))


def decided(home: Home) -> list[Any]:
    with home.store() as store:
        return [entry.decision for entry in store.people_since(0)]


def view(app: AppTest, name: str) -> AppTest:
    app.segmented_control(key="view").set_value(name).run()
    assert not app.exception
    return app


def listed(app: AppTest) -> list[str]:
    return list(table(app, "why")["payer_name"])


def test_the_largest_receipt_stands_first_beside_its_proposals(home: Home, open_screen: Open) -> None:
    app = open_screen("cash")
    amounts = list(table(app, "unapplied_amount")["unapplied_amount"])
    assert amounts == sorted(amounts, reverse=True)
    assert metric(app, "To apply") == "$6,430.00"


def test_weighed_evidence_is_a_sum_with_its_runner_up_and_policy(home: Home, open_screen: Open) -> None:
    change(home, "update rpt_cash_proposals set evidence = ? where rank = 1", json.dumps(WEIGHED))
    change(home, "update rpt_cash_queue set reason_description = 'Less was paid than is open'")
    app = open_screen("cash", receipt="r2")
    said = texts(app)
    assert "14.1 points; the runner-up (Known payer, exact amount: 4712, dashed line) is 5.3 points behind." in said
    assert "Less was paid than is open" in said
    assert "2026-06" in said
    reasons = table(app, "weight").to_dict("records")
    assert {"label": "Names 4711 in full", "detail": "as 4711", "weight": Decimal("9.5")} in reasons


def test_documents_show_what_stays_open_and_why(home: Home, open_screen: Open) -> None:
    story = {**WEIGHED, "differences": [{"document_number": "MUS-2026-00321", "kind": "cash_discount"}]}
    change(home, "update rpt_cash_proposals set evidence = ? where rank = 1", json.dumps(story))
    rows = table(open_screen("cash", receipt="r2"), "difference").to_dict("records")
    assert [(row["difference"], row["kind"]) for row in rows] == [
        (Decimal(12), "Cash discount"),
        (Decimal(12), "Stays open"),
    ]


def test_the_evidence_of_an_older_home_is_shown_as_it_was_stored(home: Home, open_screen: Open) -> None:
    app = open_screen("cash", receipt="r2")
    assert "it is shown as it was stored" in texts(app)
    assert "0.94" in set(table(app, "Detail")["Value"])


@pytest.mark.parametrize("name", ["decide", "account", "applied", "works"])
def test_a_home_published_before_this_page_still_opens(home: Home, open_screen: Open, name: str) -> None:
    for missing in ("rpt_cash_rules", "rpt_cash_reviews"):
        change(home, f"drop table {missing}")
    for column in ("reason_description", "evidence", "confidence", "is_kept_on_account", "kept_decision_key"):
        change(home, f"alter table rpt_cash_queue drop column {column}")
    for column in ("customer_key", "difference_amount", "reason_code", "reason_description", "document_type"):
        change(home, f"alter table rpt_cash_proposals drop column {column}")
    for column in ("customer_name", "remittance_text", "evidence", "confidence", "payer_account"):
        change(home, f"alter table rpt_cash_applied drop column {column}")
    assert view(open_screen("cash"), name)


def test_what_is_confirmed_leaves_the_list_counts_as_done_and_can_be_taken_back(home: Home, open_screen: Open) -> None:
    app = open_screen("cash", receipt="r2")
    app.button(key="confirm-1").click().run()
    assert "To decide (13)" in str(app.segmented_control(key="view").options)
    assert "1 of 14 done today" in progress(app)
    app.button(key="take-back").click().run()
    assert kinds(home) == ["match_confirmed", "application_undone"]
    assert "0 of 14 done today" in progress(app)
    app = open_screen("cash", receipt="r2")
    app.button(key="confirm-1").click().run()
    assert kinds(home)[-1] == "match_confirmed"
    assert not app.error


def progress(app: AppTest) -> str:
    return " ".join(str(each.proto.text) for each in app.get("progress"))


def test_what_people_did_before_the_last_run_of_the_day_counts_as_done_too(home: Home, open_screen: Open) -> None:
    change(
        home, "insert into rpt_cash_reviews (decision_key, receipt_key, kind, business_date) values "
        "('k1', 'gone', 'match_confirmed', ?), ('k2', 'older', 'match_confirmed', ?), "
        "('k3', 'r1', 'match_rejected', ?)",
        OPEN_DAY, AS_OF, OPEN_DAY,
    )  # fmt: skip
    assert "1 of 15 done today" in progress(open_screen("cash"))


def test_an_alternative_of_another_customer_is_recorded_for_that_customer(home: Home, open_screen: Open) -> None:
    change(home, "update rpt_cash_proposals set customer_key = 'c99' where receipt_key = 'r2' and rank = 2")
    app = open_screen("cash", receipt="r2")
    app.button(key="confirm-2").click().run()
    assert decided(home)[0].payload["customer_key"] == "c99"


def test_a_proposal_is_rejected_with_its_documents(home: Home, open_screen: Open) -> None:
    app = open_screen("cash", receipt="r1")
    app.button(key="reject").click().run()
    app.selectbox(key="reject-reason").select("MATCH_WRONG_CUSTOMER")
    app.button(key="reject-record").click().run()
    [rejected] = decided(home)
    assert (rejected.kind, rejected.payload["document_keys"]) == ("match_rejected", ["d110", "d111", "d120"])
    assert rejected.reason_code == "MATCH_WRONG_CUSTOMER"


def test_money_of_a_known_customer_is_put_on_account(home: Home, open_screen: Open) -> None:
    app = open_screen("cash", receipt="r7")
    app.button(key="on-account").click().run()
    assert app.selectbox(key="account-customer").value == "c7"
    app.text_input(key="account-note").input("for the next order")
    app.button(key="account-record").click().run()
    [kept] = decided(home)
    assert (kept.kind, kept.payload["customer_key"]) == ("cash_on_account", "c7")
    assert kept.payload["note"] == "for the next order"


def test_money_went_to_another_customer_of_the_same_name(home: Home, open_screen: Open) -> None:
    """A choice is told by its label: of two customers of one name the last was taken, whichever was meant."""
    change(
        home,
        "update rpt_open_items set customer_name = (select customer_name from rpt_cash_queue where receipt_key = 'r7') "
        "where customer_key = 'c8'",
    )
    app = open_screen("cash", receipt="r7")
    app.button(key="on-account").click().run()
    options = app.selectbox(key="account-customer").options
    assert len(set(options)) == len(options)
    app.button(key="account-record").click().run()
    [kept] = decided(home)
    assert kept.payload["customer_key"] == "c7"


def test_what_a_person_put_on_account_waits_apart_and_is_taken_off_again(home: Home, open_screen: Open) -> None:
    app = open_screen("cash", receipt="r7")
    app.button(key="on-account").click().run()
    app.button(key="account-record").click().run()
    with home.store() as store:
        [entry] = store.people_since(0)
    change(
        home,
        "update rpt_cash_queue set is_kept_on_account = true, kept_decision_key = ?, version = ? "
        "where receipt_key = 'r7'", entry.decision.decision_key, entry.sequence,
    )  # fmt: skip
    change(home, "update rpt_run set decisions_sequence = ?", entry.sequence)
    app = open_screen("cash", receipt="r7")
    assert "To decide (13)" in str(app.segmented_control(key="view").options)
    assert "A person put it on account." in texts(app)
    app.button(key="take-off").click().run()
    app.button(key="undo-record").click().run()
    assert kinds(home) == ["cash_on_account", "application_undone"]


def test_an_undo_says_what_it_un_learns_and_is_recorded(home: Home, open_screen: Open) -> None:
    change(home, "update rpt_cash_applied set payer_account = 'DE02 1203', customer_name = 'Northwind Traders Inc'")
    app = open_screen("cash", receipt="ra0")
    app.button(key="undo").click().run()
    said = texts(app)
    assert "What this un-learns" in said
    assert "That account DE02 1203 pays for Northwind Traders Inc" in said
    app.text_input(key="undo-note").input("belongs to the parent company")
    app.button(key="undo-record").click().run()
    assert kinds(home) == ["application_undone"]
    assert "Undo is recorded" in texts(open_screen("cash", receipt="ra0"))


def test_an_application_of_accounting_is_not_undone_here(home: Home, open_screen: Open) -> None:
    change(home, "update rpt_cash_applied set decision_key = null, actor_kind = 'accounting'")
    assert "corrected there" in texts(open_screen("cash", receipt="ra0"))


@pytest.mark.parametrize(
    ("key", "value", "count"),
    [("filter-reason-decide", "PAYER_UNKNOWN", 5), ("filter-entity-decide", "MEU", 5),
     ("filter-currency-decide", "EUR", 5), ("filter-age-decide", 7, 1)],
    ids=["reason", "entity", "currency", "age"],
)  # fmt: skip
def test_the_list_is_filtered(home: Home, open_screen: Open, key: str, value: Any, count: int) -> None:
    app = open_screen("cash")
    app.selectbox(key=key).set_value(value).run()
    assert len(listed(app)) == count


def test_the_list_is_filtered_by_amount_and_searched_by_amount_text_and_payer(home: Home, open_screen: Open) -> None:
    app = open_screen("cash")
    app.number_input(key="filter-from-decide").set_value(3000).run()
    app.number_input(key="filter-to-decide").set_value(3100).run()
    assert len(listed(app)) == 1
    app = open_screen("cash")
    for wanted, count in (("3,020.00", 1), ("3020", 1), ("rechnung 4711", 2), ("northwind", 1), ("nobody at all", 0)):
        app.text_input(key="search-decide").set_value(wanted).run()
        assert (len(listed(app)) if count else "Nothing fits the search" in texts(app)) == (count or True)


def test_the_surest_or_the_oldest_come_first_when_asked(home: Home, open_screen: Open) -> None:
    change(home, "update rpt_cash_queue set confidence = 0.99 where receipt_key = 'r3'")
    app = open_screen("cash")
    app.selectbox(key="sort-decide").set_value("sure").run()
    assert next(iter(table(app, "why")["sure"])) == Decimal(99)
    app.selectbox(key="sort-decide").set_value("age").run()
    assert next(iter(table(app, "why")["age_days"])) == 8


def test_keys_walk_the_list_and_a_link_to_something_gone_says_so(home: Home, open_screen: Open) -> None:
    app = open_screen("cash")
    first = metric(app, "To apply")
    app.button(key="next").click().run()
    assert metric(app, "To apply") != first
    app.button(key="previous").click().run()
    assert metric(app, "To apply") == first
    app = open_screen("cash", receipt="never heard of")
    assert "not in this snapshot" in str([each.value for each in app.info])


def test_other_customers_documents_are_searched_by_words(home: Home) -> None:
    from dashboards import reading

    snapshot = reading.current_snapshot()
    found = reading.open_items(snapshot, "USD", None, "alpine 00410")
    assert all("Alpine" in row["customer_name"] for row in found)
    assert {row["document_number"] for row in reading.open_items(snapshot, "USD", None, "00409")} == {"MUS-2026-00409"}
    assert reading.open_items(snapshot, "USD", None, "%") == []


def test_how_well_it_works_is_shown_with_its_bound(home: Home, open_screen: Open) -> None:
    change(
        home, "insert into rpt_cash_rules values (?, 'MUS', 'exact_reference', 299, 0), "
        "(?, 'MEU', 'subset_sum', 10, 1), (?, 'MUS', 'none', 100, 0)", AS_OF, AS_OF, AS_OF,
    )  # fmt: skip
    change(
        home, "insert into rpt_cash_reviews (decision_key, receipt_key, kind, confidence_band, is_as_proposed, "
        "business_date) values ('k1', 'q', 'match_confirmed', 90, true, ?)", AS_OF,
    )  # fmt: skip
    app = view(open_screen("cash"), "works")
    assert (metric(app, "Applied by rules"), metric(app, "Taken back by people")) == ("75.6%", "1 of 309")
    rules = table(app, "bound").to_dict("records")
    assert [(row["rule"], row["bound"]) for row in rules] == [
        ("Named and paid exactly", "1.00%"),
        ("Some of theirs add up", "39.42%"),
    ]
    app.selectbox(key="works-entity").set_value("MUS").run()
    assert metric(app, "Wrong, at most") == "1.00%"


def test_where_nobody_decided_there_is_no_calibration_and_it_says_so(home: Home, open_screen: Open) -> None:
    change(home, "insert into rpt_cash_rules values (?, 'MUS', 'exact_reference', 5, 0)", AS_OF)
    assert "Nobody has decided a proposal yet" in texts(view(open_screen("cash"), "works"))


def test_a_viewer_looks_and_decides_nothing(home: Home, open_screen: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENITEM_ROLE", "viewer")
    app = open_screen("cash", receipt="r2")
    assert all(app.button(key=key).disabled for key in ("confirm-1", "change", "on-account", "reject"))


SECOND = {
    "rule": "duplicate",
    "reasons": [
        {"evidence": "frequency", "weight": "-7.9", "detail": "duplicate"},
        {"evidence": "amount_of_closed", "weight": "9.1"},
        {"evidence": "closed", "weight": "9.4", "document_number": "RE-4711", "document_key": "d-4711"},
    ],
    "score": "10.6",
    "confidence": "0.981000",
    "margin": "7.2",
    "runner_up": {"rule": "nothing", "documents": [], "score": "3.4"},
    "stopped_by": "POSSIBLE_DUPLICATE",
    "policy_version": "2026-06",
}  # fmt: skip


def test_a_second_payment_names_the_invoice_and_the_receipt_that_paid_it_first(home: Home, open_screen: Open) -> None:
    change(home, "update rpt_cash_queue set evidence = ? where receipt_key = 'r7'", json.dumps(SECOND))
    change(
        home, "insert into rpt_cash_applied (receipt_key, receipt_id, document_key, value_date) values "
        "('before', '021000021/2605/3.1', 'd-4711', date '2026-05-04')",
    )  # fmt: skip
    said = texts(open_screen("cash", receipt="r7"))
    assert "Second payment of RE-4711, first paid by receipt 021000021/2605/3.1 on 4 May 2026" in said
    assert "10.6 points; the runner-up (Nothing that is open, dashed line) is 7.2 points behind." in said
    assert "98.1" in said


def test_money_in_advance_and_money_like_an_earlier_one_are_told_apart(home: Home, open_screen: Open) -> None:
    early = {**SECOND, "rule": "prepayment", "reasons": [{"evidence": "advance_said", "weight": "3.0"}]}
    like = {**SECOND, "reasons": [{"evidence": "seen_before", "weight": "3.0", "detail": "r9"}]}
    for key, story in (("r7", early), ("r8", like)):
        change(home, "update rpt_cash_queue set evidence = ? where receipt_key = ?", json.dumps(story), key)
    assert "For an invoice not issued yet" in texts(open_screen("cash", receipt="r7"))
    assert "Second payment like receipt 021000021/2606/9.1 on 30 Jun 2026" in texts(open_screen("cash", receipt="r8"))


def test_two_documents_alike_changed_places_in_the_choice_when_it_was_read_again() -> None:
    alike = {
        "document_number": "1001", "customer_name": "Acme", "open_amount": Decimal(100), "currency_code": "EUR",
        "due_date": AS_OF, "legal_entity_id": "MEU",
    }  # fmt: skip
    rows = {"o1": alike, "o2": {**alike, "legal_entity_id": "MUS"}, "o3": alike}
    items = {key: cash_actions.item_label(row) for key, row in rows.items()}
    labels = wording.told_apart(items)
    assert ["MEU" in labels["o1"], "MUS" in labels["o2"], labels["o3"] == f"{labels['o1']} (2)"] == [True] * 3
    assert wording.told_apart(dict(reversed(items.items()))) == labels
