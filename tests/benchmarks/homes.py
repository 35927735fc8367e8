"""Homes for benchmarks: made, run, copied and compared through the `openitem` command, as a user would."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

ROOT = Path(__file__).resolve().parents[2]
OPENITEM = [sys.executable, "-m", "orchestration.cli"]


@dataclass(frozen=True, slots=True)
class Measured:
    """How a command went: seconds, peak memory of it and its children together, what it printed."""

    seconds: float
    peak_bytes: int
    output: str


class CommandFailedError(AssertionError):
    """A command of the bars ended with an error."""


def openitem(*arguments: str, home: Path) -> dict[str, Any]:
    """Run a command that prints JSON and return it."""
    measured = measure([*OPENITEM, *arguments, "--home", str(home), "--json"])
    return json.loads(measured.output.strip().splitlines()[-1])


def measure(command: list[str], *, environment: dict[str, str] | None = None) -> Measured:
    """Run a command to its end and measure it; raise when it fails."""
    started = time.monotonic()
    process = subprocess.Popen(
        command, cwd=ROOT, env={**os.environ, **(environment or {})}, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        text=True,
    )  # fmt: skip
    peak = _Peak(process.pid)
    peak.start()
    output, errors = process.communicate()
    peak.finish()
    if process.returncode != 0:
        raise CommandFailedError(f"{' '.join(command)}\n{output[-2000:]}\n{errors[-4000:]}")
    return Measured(time.monotonic() - started, peak.bytes, output)


class _Peak(threading.Thread):
    """Samples the memory of a process and its children, pages they share once (PSS, on Linux).

    Four times a second where that is cheap. Reading it stops a process of some GiB for tenths of a second, so it is
    read as seldom as keeps the measuring under a fiftieth of the time.
    """

    def __init__(self, pid: int) -> None:
        super().__init__(daemon=True)
        self.bytes = 0
        self._pid = pid
        self._done = threading.Event()

    def run(self) -> None:
        pause = 0.25
        while not self._done.wait(pause):
            started = time.monotonic()
            try:
                family = [psutil.Process(self._pid), *psutil.Process(self._pid).children(recursive=True)]
                self.bytes = max(self.bytes, sum(_memory_of(process) for process in family))
            except (psutil.Error, OSError):
                continue
            pause = max(0.25, 50 * (time.monotonic() - started))

    def finish(self) -> None:
        self._done.set()
        self.join()


def _memory_of(process: psutil.Process) -> int:
    rollup = Path(f"/proc/{process.pid}/smaps_rollup")
    if not rollup.exists():
        return process.memory_info().rss
    shared_once = next((line for line in rollup.read_text().splitlines() if line.startswith("Pss:")), None)
    return int(shared_once.split()[1]) * 1024 if shared_once else process.memory_info().rss


def simulate(home: Path, preset: str) -> None:
    """Invent a company in a home."""
    openitem("simulate", "--preset", preset, home=home)


def run(home: Path, first: str, last: str, command: str = "run") -> dict[str, Any]:
    """Run a window."""
    return openitem(command, "--from", first, "--to", last, home=home)


def digests(home: Path) -> dict[str, str]:
    """Return the digest of every table and of the log."""
    return openitem("digest", "--by-table", home=home)["tables"]


def days_of(home: Path) -> tuple[str, str]:
    """Return the first and the last day of an invented company."""
    company = json.loads((home / "company.json").read_text())
    return company["first_date"], company["last_date"]


def copy_of(home: Path, name: str) -> Path:
    """Return a copy of a home beside it."""
    copied = home.with_name(name)
    shutil.rmtree(copied, ignore_errors=True)
    shutil.copytree(home, copied)
    return copied


def differences(left: dict[str, str], right: dict[str, str]) -> list[str]:
    """Return the tables whose digests differ."""
    return sorted(name for name in left.keys() | right.keys() if left.get(name) != right.get(name))


def forget_warehouse(home: Path) -> None:
    """Delete everything that can be rebuilt: the warehouse and the published snapshot."""
    for path in home.glob("warehouse.duckdb*"):
        path.unlink()
    shutil.rmtree(home / "published", ignore_errors=True)


def kill_at(home: Path, first: str, last: str, is_moment: Callable[[str], bool], delay_seconds: float) -> bool:
    """Start a run and kill -9 it `delay_seconds` after it told a moment; return whether it was still alive then."""
    process = subprocess.Popen(
        [*OPENITEM, "run", "--from", first, "--to", last, "--home", str(home), "--every-step"],
        cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stderr is not None
    for line in process.stderr:
        if is_moment(line):
            time.sleep(delay_seconds)
            break
    alive = process.poll() is None
    process.kill()
    process.wait()
    process.stderr.close()
    return alive
