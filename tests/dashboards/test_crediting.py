"""Crediting an issued invoice from its page: one charge of it, a part of it, shown before it is done, with a reason."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import duckdb
import pytest
from streamlit.testing.v1 import AppTest

from assets.decisions import invoice_review
from assets.decisions.roles import Actor, Role
from assets.decisions.turn import Turn
from assets.ledger.decision import ActorKind, Decision
from tests.dashboards.published import AT, OPEN_DAY, Home
from tests.dashboards.test_screens import Open, kinds, metric, texts
from tests.decisions.builders import a_draft_payload

FIRST, SECOND = "contract|CT-0|1|2026-05-01|retainer", "contract|CT-0|2|2026-05-01|retainer"


@pytest.fixture
def issued(home: Home) -> Decimal:
    """Issue one invoice of two charges and publish it; return what each charge comes to, net."""
    payloads = [a_draft_payload(key) for key in (FIRST, SECOND)]
    with home.store() as store:
        made = [
            Decision("draft_created", "charge", payload["billing_key"], OPEN_DAY, ActorKind.RULE, "invoicing", payload)
            for payload in payloads
        ]
        store.append(made, recorded_at=AT)
        shown: list[tuple[dict[str, Any], int]] = [
            (
                {**payload, "total_amount": Decimal(payload["total_amount"]), "billing_email": "ap@acme.example"},
                store.version(payload["billing_key"]),
            )
            for payload in payloads
        ]
        [(draft, seen), *others] = shown
        turn = Turn(Actor("anna", Role.APPROVER), OPEN_DAY, AT)
        recorded = invoice_review.approve_draft(store, turn, draft, seen_version=seen, others=others)
        sequence = max(each.sequence for each in recorded)
    with duckdb.connect(str(home.published)) as connection:
        connection.execute("update rpt_run set decisions_sequence = ?", [sequence])
    return Decimal(payloads[0]["net_amount"])


def credit_dialog(open_screen: Open) -> AppTest:
    return look(open_screen("invoices", view="issued", invoice=FIRST))


def look(app: AppTest) -> AppTest:
    """Run the page with its dialog open; a browser keeps it open by itself."""
    app.button(key="credit").click().run()
    assert not app.exception
    return app


def memo_of(home: Home) -> Decision:
    with home.store() as store:
        [memo] = [each.decision for each in store.decisions() if each.decision.kind == "credit_memo_issued"]
    return memo


def test_one_charge_of_an_invoice_billed_together_is_credited_in_part_as_shown(
    home: Home, open_screen: Open, issued: Decimal
) -> None:
    app = credit_dialog(open_screen)
    app.selectbox(key="credit-charge").select_index(1)
    look(app)
    app.segmented_control(key="credit-way").set_value("An amount")
    look(app)
    assert app.button(key="credit-record").disabled
    app.text_input(key="credit-amount").set_value("100.00")
    look(app)
    assert metric(app, "Net") == "$100.00"
    assert app.button(key="credit-record").disabled  # a reason is needed
    app.selectbox(key="credit-reason").set_value("CREDIT_PRICE")
    look(app)
    total = metric(app, "Credit memo")
    app.button(key="credit-record").click().run()
    assert not app.exception
    memo = memo_of(home)
    assert (memo.subject_key, memo.reason_code) == (SECOND, "CREDIT_PRICE")
    assert total == f"${Decimal(memo.payload['total_amount']):,.2f}"
    assert kinds(home)[-1] == "credit_memo_issued"
    assert "Credited so far" in texts(open_screen("invoices", view="issued", invoice=FIRST))


def test_more_than_is_left_is_said_before_anything_is_recorded(home: Home, open_screen: Open, issued: Decimal) -> None:
    app = credit_dialog(open_screen)
    app.segmented_control(key="credit-way").set_value("An amount")
    look(app)
    app.text_input(key="credit-amount").set_value(str(issued + 1))
    look(app)
    assert any("is left of it" in each.value for each in app.error)
    app.selectbox(key="credit-reason").set_value("CREDIT_PRICE")
    look(app)
    assert app.button(key="credit-record").disabled
    assert "credit_memo_issued" not in kinds(home)


@pytest.mark.parametrize("text", ["NaN", "inf", "1e30", "50,5"])
def test_an_amount_that_is_no_exact_number_crashed_the_form_or_was_read_as_another(
    home: Home, open_screen: Open, issued: Decimal, text: str
) -> None:
    app = credit_dialog(open_screen)
    app.segmented_control(key="credit-way").set_value("An amount")
    look(app)
    app.text_input(key="credit-amount").set_value(text)
    app.selectbox(key="credit-reason").set_value("CREDIT_PRICE")
    look(app)
    assert any(f"`{text}` is no number" in each.value for each in app.error)
    assert app.button(key="credit-record").disabled


def test_a_credit_memo_was_issued_over_the_amount_of_the_page_before_the_click(
    home: Home, open_screen: Open, issued: Decimal
) -> None:
    app = credit_dialog(open_screen)
    app.segmented_control(key="credit-way").set_value("An amount")
    look(app)
    app.text_input(key="credit-amount").set_value("100.00")
    app.selectbox(key="credit-reason").set_value("CREDIT_PRICE")
    look(app)
    app.text_input(key="credit-amount").set_value("10.00")
    app.button(key="credit-record").click().run()
    assert not app.exception
    assert "changed after the credit memo was shown" in texts(app)
    assert "credit_memo_issued" not in kinds(home)


def test_no_quantity_is_offered_after_an_amount_was_credited_and_the_form_says_why(
    home: Home, open_screen: Open, issued: Decimal
) -> None:
    app = credit_dialog(open_screen)
    assert app.segmented_control(key="credit-way").options == ["All that is left", "By quantity", "An amount"]
    app.segmented_control(key="credit-way").set_value("An amount")
    look(app)
    app.text_input(key="credit-amount").set_value("100.00")
    app.selectbox(key="credit-reason").set_value("CREDIT_PRICE")
    look(app)
    app.button(key="credit-record").click().run()
    app = credit_dialog(open_screen)
    app.selectbox(key="credit-charge").select_index(0)
    look(app)
    assert app.segmented_control(key="credit-way").options == ["All that is left", "An amount"]
    assert any("what a unit costs now is not known" in each.value for each in app.caption)


def test_all_that_is_left_is_credited_without_typing_a_number(home: Home, open_screen: Open, issued: Decimal) -> None:
    app = credit_dialog(open_screen)
    app.selectbox(key="credit-reason").set_value("CREDIT_RETURN")
    look(app)
    app.button(key="credit-record").click().run()
    memo = memo_of(home)
    assert (memo.subject_key, Decimal(memo.payload["net_amount"])) == (FIRST, issued)
    assert memo.payload["bills_again"] is False


def test_what_the_log_does_not_hold_cannot_be_credited(home: Home, open_screen: Open) -> None:
    app = open_screen("invoices", view="issued", invoice=FIRST)
    assert app.button(key="credit").disabled
