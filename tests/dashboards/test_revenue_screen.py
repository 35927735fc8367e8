"""The revenue page: balances, schedules, and judgements that only a controller can make."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import duckdb
import pytest
from streamlit.testing.v1 import AppTest

from dashboards import export, reading, reading_revenue
from tests.dashboards.published import OPEN_DAY, Home
from tests.dashboards.published_revenue import AS_OF_MONTH
from tests.dashboards.test_screens import kinds, metric, texts

Open = Callable[..., AppTest]


def test_the_month_shows_its_revenue_and_both_balances(home: Home, open_screen: Open) -> None:
    app = open_screen("revenue")
    assert metric(app, "Recognised") == "$151.4K"
    assert metric(app, "Deferred revenue") == "$0.00"
    assert metric(app, "Contract asset") == "$1,200.00"
    app.selectbox(key="month-('MUS', 'USD')").select_index(2).run()
    assert metric(app, "Deferred revenue") == "$2,800.00"


def test_a_controller_judges_and_the_judgement_is_pending(
    home: Home, open_screen: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENITEM_ROLE", "controller")
    app = open_screen("revenue", obligation="contract|CT-1001|1")
    app.selectbox(key="judge-method").set_value("over_time")
    app.number_input(key="judge-months").set_value(6)
    app.text_input(key="judge-held").set_value("12.5")
    app.text_input(key="judge-note").set_value("Used while it is built")
    next(button for button in app.button if button.label == "Record the judgement").click().run()
    assert not app.exception
    assert kinds(home) == ["revenue_judgement_set"]
    with home.store() as store:
        decision = store.people_since(0)[0].decision
    assert (decision.subject_key, decision.business_date) == ("contract|CT-1001|1", OPEN_DAY)
    assert decision.payload["held_back_percent"] == "12.50"
    assert "1 decision pending" in texts(app)


def test_a_judgement_without_a_reason_is_refused_in_words(
    home: Home, open_screen: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENITEM_ROLE", "controller")
    app = open_screen("revenue", obligation="contract|CT-1000|1")
    next(button for button in app.button if button.label == "Record the judgement").click().run()
    assert "a note must say why" in texts(app)
    assert kinds(home) == []


def test_an_approver_is_told_who_judges(home: Home, open_screen: Open) -> None:
    app = open_screen("revenue", obligation="contract|CT-1000|1")
    assert "Judgements are a controller's" in texts(app)
    assert kinds(home) == []


def test_a_line_of_an_order_is_judged_by_itself(home: Home, open_screen: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENITEM_ROLE", "controller")
    app = open_screen("revenue", obligation="order|SO-20008")
    app.selectbox(key="judge-method").set_value("over_time")
    app.number_input(key="judge-months").set_value(12)
    app.number_input(key="judge-line").set_value(2)
    app.text_input(key="judge-note").set_value("A year of support is sold with it")
    next(button for button in app.button if button.label == "Record the judgement").click().run()
    with home.store() as store:
        assert store.people_since(0)[0].decision.subject_key == "order|SO-20008|2"


def test_the_journal_that_is_downloaded_balances(home: Home) -> None:
    rows = reading_revenue.journal(reading.current_snapshot(), "MUS", "USD", AS_OF_MONTH)
    assert sum(row["debit_amount"] for row in rows) == sum(row["credit_amount"] for row in rows) > Decimal(0)
    assert export.to_csv(rows, list(rows[0])).count(b"\r\n") == len(rows) + 1


def test_a_month_in_which_nothing_is_earned_yet_is_not_the_one_that_opens(home: Home, open_screen: Open) -> None:
    with duckdb.connect(str(home.published)) as connection:
        [(newest,)] = connection.execute("select max(period) from rpt_revenue_roll_forward").fetchall()
        connection.execute("update rpt_revenue_roll_forward set recognised_amount = 0 where period = ?", [newest])
    app = open_screen("revenue")
    [month] = [each for each in app.selectbox if each.label == "Month"]
    assert month.value < newest
