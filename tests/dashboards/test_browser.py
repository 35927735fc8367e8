"""The served pages in a real browser: no error on any, and what is clicked is found in the log."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.dashboards.conftest import APP, SCREENS
from tests.dashboards.published import Home

pytestmark = pytest.mark.browser

CHROMIUM = next(filter(None, (shutil.which(name) for name in ("chromium", "chromium-browser", "google-chrome"))), None)
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]
DONE = '[data-test-script-state="notRunning"]'
BROKEN = '[data-testid="stException"]'


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    if CHROMIUM is None:
        if os.environ.get("CI") == "true":
            pytest.fail("CI must run the browser test, and there is no chromium")
        pytest.skip("no chromium is installed")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield started
        started.close()


@pytest.fixture
def served(home: Home, tmp_path: Path) -> Iterator[str]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    log = (tmp_path / "streamlit.log").open("w")
    command = [sys.executable, "-m", "streamlit", "run", str(APP), "--server.port", str(port)]
    process = subprocess.Popen(command, cwd=APP.parents[1], stdout=log, stderr=log, env=dict(os.environ))
    address = f"http://127.0.0.1:{port}"
    try:
        for _ in range(300):
            try:
                urllib.request.urlopen(f"{address}/_stcore/health", timeout=2).close()  # noqa: S310
                break
            except OSError:
                time.sleep(0.2)
        yield address
    finally:
        process.terminate()
        process.wait(20)
        log.close()


def visit(context: Any, address: str, wanted: str = "") -> Any:
    page = context.new_page()
    page.goto(f"{address}/{wanted}", wait_until="domcontentloaded")
    page.get_by_text("As of 30 Jun 2026").wait_for(timeout=60_000)
    page.get_by_text("this is not a login").wait_for(timeout=60_000)
    settle(page)
    return page


def settle(page: Any) -> None:
    page.wait_for_timeout(300)
    page.wait_for_selector(DONE, timeout=60_000)
    assert page.locator(BROKEN).count() == 0, page.locator(BROKEN).all_inner_texts()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_every_page_opens_by_its_address_and_foreign_text_stays_text(
    browser: Any, served: str, theme: str, tmp_path: Path
) -> None:
    context = browser.new_context(color_scheme=theme, viewport={"width": 1440, "height": 1000})
    asked: list[str] = []
    context.on("request", lambda request: asked.append(request.url))
    for screen in SCREENS:
        page = visit(context, served, "" if screen == "overview" else screen)
        assert page.locator('[data-testid="stSidebarNav"]').get_by_text("Cash application").count() == 1
        assert "owned" not in page.title()
        assert page.locator("a[href^='javascript'], img[src*='pixel'], img[src='x']").count() == 0
        page.close()
    context.close()
    assert not [url for url in asked if not url.startswith((served, "data:", "blob:"))]


def test_an_approval_made_by_key_is_in_the_log(browser: Any, served: str, home: Home) -> None:
    context = browser.new_context(viewport={"width": 1440, "height": 1000})
    page = visit(context, served, "invoices?invoice=contract%7CCT-1004%7C1%7C2026-06-01%7Cretainer")
    page.get_by_role("button", name="Approve").first.wait_for(timeout=60_000)
    page.keyboard.press("a")
    page.get_by_text("1 decision pending").wait_for(timeout=60_000)
    settle(page)
    context.close()
    with home.store() as store:
        approved, issued = (entry.decision for entry in store.people_since(0))
    assert (approved.kind, approved.subject_key) == ("draft_approved", "contract|CT-1004|1|2026-06-01|retainer")
    assert issued.payload["document_number"] == "MUS-2026-00001"


def press(page: Any, key: str) -> None:
    page.keyboard.press(key)
    settle(page)


def test_drafts_are_walked_held_approved_and_taken_back_by_keyboard(browser: Any, served: str, home: Home) -> None:
    context = browser.new_context(viewport={"width": 1440, "height": 1000})
    page = visit(context, served, "invoices")
    total = page.locator('[data-testid="stMetricValue"]').first
    first = total.inner_text()
    press(page, "j")
    assert total.inner_text() != first
    press(page, "k")
    assert total.inner_text() == first
    press(page, "h")
    page.get_by_role("dialog").get_by_role("button", name="Hold this draft").wait_for(timeout=60_000)
    press(page, "Control+Enter")
    page.get_by_text("1 decision pending").wait_for(timeout=60_000)
    press(page, "a")
    page.get_by_text("2 decisions pending").wait_for(timeout=60_000)
    page.get_by_text("Its mail leaves with the close of the day.").wait_for(timeout=60_000)
    press(page, "u")
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("What was wrong?").fill("not this one")
    press(page, "Control+Enter")
    page.get_by_text("To review (14)").wait_for(timeout=60_000)
    context.close()
    with home.store() as store:
        kinds = [entry.decision.kind for entry in store.people_since(0)]
    assert kinds == ["draft_held", "draft_approved", "invoice_issued", "invoice_cancelled"]


def test_several_exceptions_are_assigned_together(browser: Any, served: str, home: Home) -> None:
    context = browser.new_context(viewport={"width": 1440, "height": 1000})
    page = visit(context, served, "exceptions")
    page.locator('[data-testid="stDataFrame"]').first.click(position={"x": 20, "y": 18})  # the tick of all rows
    page.get_by_role("button", name="Assign all").click()
    page.get_by_label("To whom").fill("credit_control")
    page.get_by_role("button", name="Assign", exact=True).click()
    page.get_by_text("decisions pending").wait_for(timeout=60_000)
    context.close()
    with home.store() as store:
        decided = [entry.decision for entry in store.people_since(0)]
    assert len(decided) > 1
    assert {(each.kind, each.payload["owner"]) for each in decided} == {("exception_assigned", "credit_control")}


def test_a_correction_and_a_choice_of_documents_are_recorded(browser: Any, served: str, home: Home) -> None:
    context = browser.new_context(viewport={"width": 1440, "height": 1000})
    page = visit(context, served, "invoices?invoice=contract%7CCT-1004%7C1%7C2026-06-01%7Cretainer")
    page.get_by_role("button", name="Correct").first.wait_for(timeout=60_000)
    page.keyboard.press("e")
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Purchase order").fill("PO-4711")
    dialog.get_by_label("What was wrong?").fill("the customer sent the number")
    dialog.get_by_role("button", name="Record the correction").click()
    page.get_by_text("1 decision pending").wait_for(timeout=60_000)
    page = visit(context, served, "cash?receipt=r2")
    page.get_by_role("button", name="Choose documents").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Documents", exact=True).fill("00409")
    page.get_by_role("option").first.click()
    page.keyboard.press("Escape")
    settle(page)
    dialog.get_by_role("button", name="Apply").click()
    page.get_by_text("2 decisions pending").wait_for(timeout=60_000)
    context.close()
    with home.store() as store:
        corrected, changed = (entry.decision for entry in store.people_since(0))
    assert corrected.payload["draft"]["purchase_order_number"] == "PO-4711"
    assert corrected.payload["draft"]["total_amount"] == "1748.00"
    assert [part["document_number"] for part in changed.payload["applications"]] == ["MUS-2026-00409"]
    assert changed.payload["unapplied_amount"] == "1511.00"
