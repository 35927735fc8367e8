"""Pages on a home of their own."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import streamlit as st
from streamlit.components.v2 import manifest_scanner
from streamlit.testing.v1 import AppTest

from tests.dashboards.published import Home, a_home

APP = Path(__file__).resolve().parents[2] / "dashboards" / "app.py"
SCREENS = ("overview", "invoices", "cash", "reminders", "rejections", "outbox", "exceptions", "revenue", "sync")


@pytest.fixture(scope="session", autouse=True)
def components_found_once() -> Iterator[None]:
    """Streamlit reads what every installed package says of itself for each page opened here: half of a page's time."""
    with pytest.MonkeyPatch.context() as patch:
        found = cache(manifest_scanner.scan_component_manifests)
        patch.setattr(manifest_scanner, "scan_component_manifests", found)
        yield


@pytest.fixture(scope="session")
def a_built_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built once; each test gets a copy."""
    return a_home(tmp_path_factory.mktemp("built") / "home").path


@pytest.fixture
def home(a_built_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Home]:
    """A home with something waiting on every page, and the clerk `anna` at the desk."""
    monkeypatch.setenv("OPENITEM_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("OPENITEM_USER", "anna")
    monkeypatch.delenv("OPENITEM_ROLE", raising=False)
    monkeypatch.delenv("OPENITEM_DECISIONS_URL", raising=False)
    _forget()
    yield Home(shutil.copytree(a_built_home, tmp_path / "home"))
    _forget()


def _forget() -> None:
    st.cache_data.clear()
    st.cache_resource.clear()


@pytest.fixture
def open_screen() -> Callable[..., AppTest]:
    """Open a page as a person would, with what stands in its address."""

    def open_it(screen: str, **query: Any) -> AppTest:
        app = AppTest.from_file(str(APP), default_timeout=60)
        for name, value in query.items():
            app.query_params[name] = value
        app.run()
        if screen != "overview":
            app.switch_page(f"screens/{screen}.py")
            app.run()
        assert not app.exception, app.exception
        return app

    return open_it
