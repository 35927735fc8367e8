"""One small company, invented and run once for all tests of the chain, whichever of several processes they are in."""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Callable, Iterator
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


def made_once(tmp_path_factory: pytest.TempPathFactory, name: str, make: Callable[[Path], None]) -> Path:
    """Return this process's own copy of a folder that the first process to ask for it made."""
    own = tmp_path_factory.getbasetemp()
    shared = own.parent if "PYTEST_XDIST_WORKER" in os.environ else own
    made, unfinished = shared / f"made-{name}", shared / f"making-{name}"
    with (shared / f"{name}.lock").open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        if not made.exists():
            shutil.rmtree(unfinished, ignore_errors=True)
            make(unfinished)
            unfinished.rename(made)
        return shutil.copytree(made, own / name)


@pytest.fixture(scope="session")
def invented(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the home of a small invented company that nobody has run yet."""
    return made_once(tmp_path_factory, "invented", lambda home: simulate(home, SCALES["small"]))


@pytest.fixture(scope="session")
def built(invented: Path, tmp_path_factory: pytest.TempPathFactory) -> Home:
    """Return the small company, its 14 days run once. Tests that change it work on a copy."""

    def run_once(home: Path) -> None:
        shutil.copytree(invented, home)
        run_window_job(Home(home), window_of(Home(home)))

    return Home(made_once(tmp_path_factory, "built", run_once))


@pytest.fixture
def copied(built: Home, tmp_path: Path) -> Iterator[Home]:
    """Return a copy of the built company."""
    home = Home(tmp_path / "copied")
    shutil.copytree(built.path, home.path)
    yield home
    shutil.rmtree(home.path, ignore_errors=True)
