"""The Cash page by keyboard in a real browser: down the list, confirm, take back; several at once."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.dashboards.published import Home
from tests.dashboards.test_browser import browser, served, settle, visit  # noqa: F401  the fixtures
from tests.dashboards.test_cash_evidence import WEIGHED
from tests.dashboards.test_cash_screen import change, kinds

pytestmark = pytest.mark.browser
APPLIED = '[data-testid="stMetricValue"]'


def press(page: Any, key: str) -> None:
    page.keyboard.press(key)
    settle(page)


@pytest.mark.parametrize(("theme", "width"), [("light", 1440), ("dark", 430)], ids=["light", "dark and narrow"])
def test_receipts_are_cleared_by_keyboard(
    browser: Any, served: str, home: Home, theme: str, width: int  # noqa: F811
) -> None:  # fmt: skip
    change(home, "update rpt_cash_proposals set evidence = ? where rank = 1", json.dumps(WEIGHED))
    context = browser.new_context(color_scheme=theme, viewport={"width": width, "height": 1000})
    page = visit(context, served, "cash?receipt=r2")
    assert page.locator(APPLIED).first.inner_text() == "$3,020.00"
    page.locator('[data-testid="stVegaLiteChart"]').first.wait_for(timeout=60_000)
    press(page, "a")
    page.get_by_text("1 of 14 done today").wait_for(timeout=60_000)
    assert page.locator(APPLIED).first.inner_text() != "$3,020.00"
    press(page, "z")
    page.get_by_text("0 of 14 done today").wait_for(timeout=60_000)
    assert page.locator(APPLIED).first.inner_text() == "$3,020.00"
    context.close()
    assert kinds(home) == ["match_confirmed", "application_undone"]


def test_several_are_confirmed_together_and_what_fits_twice_or_is_unlikely_is_left_out(
    browser: Any, served: str, home: Home  # noqa: F811
) -> None:  # fmt: skip
    change(home, "update rpt_cash_proposals set solution_count = 1 where rank = 1 and receipt_key <> 'r5'")
    change(home, "update rpt_cash_proposals set confidence = 0.03 where receipt_key = 'r2'")
    context = browser.new_context(viewport={"width": 1440, "height": 1000})
    page = visit(context, served, "cash")
    page.get_by_test_id("stButtonGroup").get_by_text("Proposed", exact=True).click()
    settle(page)
    page.locator('[data-testid="stDataFrame"]').first.click(position={"x": 20, "y": 18})  # the tick of all rows
    settle(page)
    page.get_by_text("7 receipts chosen").wait_for(timeout=60_000)
    page.get_by_text("2 receipts without one single likely proposal").wait_for(timeout=60_000)
    page.get_by_role("button", name="Confirm 5 as proposed").click()
    page.get_by_text("5 of 14 done today").wait_for(timeout=60_000)
    context.close()
    assert kinds(home) == ["match_confirmed"] * 5
