"""One small company, invented and run once for all tests of the chain."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from assets.platform.home import Home
from assets.platform.window import RunMode, RunWindow
from data.simulator.simulate import SCALES, simulate
from orchestration.running import run_window_job


def window_of(home: Home, mode: RunMode = RunMode.CLOSE) -> RunWindow:
    """Return the window of all days an invented company has."""
    first, last = home.company_date("first_date"), home.company_date("last_date")
    assert first is not None
    assert last is not None
    return RunWindow(first, last, mode)


@pytest.fixture(scope="session")
def invented(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the home of a small invented company that nobody has run yet."""
    home = tmp_path_factory.mktemp("invented") / "home"
    simulate(home, SCALES["small"])
    return home


@pytest.fixture(scope="session")
def built(invented: Path) -> Home:
    """Return the small company, its 14 days run once. Tests that change it work on a copy."""
    home = Home(invented.parent / "built")
    shutil.copytree(invented, home.path)
    run_window_job(home, window_of(home))
    return home


@pytest.fixture
def copied(built: Home, tmp_path: Path) -> Iterator[Home]:
    """Return a copy of the built company."""
    home = Home(tmp_path / "copied")
    shutil.copytree(built.path, home.path)
    yield home
    shutil.rmtree(home.path, ignore_errors=True)
