"""The served company in a real browser: every page opens, and an approval by click reaches log and snapshot."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pytest

from assets.platform.home import Home
from tests.dashboards.test_browser import settle, visit

pytestmark = [pytest.mark.browser, pytest.mark.chain]

ROOT = Path(__file__).resolve().parents[2]
CHROMIUM = next(filter(None, (shutil.which(name) for name in ("chromium", "chromium-browser", "google-chrome"))), None)
PAGES = ("", "invoices", "cash", "reminders", "rejections", "outbox", "exceptions", "sync")
SECONDS_TO_START = 180
# The sensor looks every 20 seconds; the rest is a run on a busy machine of two cores.
SECONDS_TO_PUBLISH = 300


@dataclass(frozen=True, slots=True)
class Served:
    """A served company: where its pages and its Dagster are, and its home."""

    pages: str
    dagster: str
    home: Home


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def _wait(what: str, seconds: float, is_so: Callable[[], bool]) -> None:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if is_so():
            return
        time.sleep(1)
    pytest.fail(f"not within {seconds} s: {what}")


def _answers(address: str) -> bool:
    try:
        urllib.request.urlopen(address, timeout=2).close()  # noqa: S310
    except OSError:
        return False
    return True


@pytest.fixture
def served(copied: Home, tmp_path: Path) -> Iterator[Served]:
    pages, dagster = _free_port(), _free_port()
    command = [sys.executable, "-m", "orchestration.cli", "serve", "--home", str(copied.path)]
    log = (tmp_path / "serve.log").open("w")
    process = subprocess.Popen(
        [*command, "--pages-port", str(pages), "--dagster-port", str(dagster)],
        cwd=ROOT, stdout=log, stderr=log, env=dict(os.environ), start_new_session=True,
    )  # fmt: skip
    try:
        found = Served(f"http://127.0.0.1:{pages}", f"http://127.0.0.1:{dagster}", copied)
        _wait("the pages answer", SECONDS_TO_START, lambda: _answers(f"{found.pages}/_stcore/health"))
        _wait("Dagster answers", SECONDS_TO_START, lambda: _answers(f"{found.dagster}/server_info"))
        yield found
    finally:
        process.terminate()
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
        log.close()


@pytest.fixture
def browser() -> Iterator[Any]:
    if CHROMIUM is None:
        if os.environ.get("CI") == "true":
            pytest.fail("CI must run the browser test, and there is no chromium")
        pytest.skip("no chromium is installed")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        started = playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
        )
        yield started.new_context(viewport={"width": 1440, "height": 1200})
        started.close()


def test_every_page_opens_and_an_approval_by_click_is_published(served: Served, browser: Any) -> None:
    for page_name in PAGES:
        visit(browser, served.pages, page_name).close()
    page = visit(browser, served.pages, "invoices")
    page.get_by_role("button", name="Approve").first.click()
    settle(page)

    with served.home.decisions() as store:
        _wait("the click is in the log", 20, lambda: store.human_since(0) > 0)
        issued = [found.decision for found in store.decisions() if found.decision.kind == "invoice_issued"][-1]
        assert store.verify().is_intact
    number = issued.payload["document_number"]

    def is_published() -> bool:
        with duckdb.connect(str(served.home.published_path), read_only=True) as connection:
            found = connection.execute("select count(*) from rpt_open_items where document_number = ?", [number])
            return found.fetchall() == [(1,)]

    _wait(f"{number} is in the published snapshot", SECONDS_TO_PUBLISH, is_published)
