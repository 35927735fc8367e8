"""Every bar of the foundation at full size; writes tests/benchmarks/README.md.

make bars                     all of them (about 45 minutes on 2 cores)
python -m tests.benchmarks.bars --only demo,kill     some; the table keeps the other rows as they were
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import random
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from math import log
from pathlib import Path

import psutil

from tests.benchmarks.homes import (
    OPENITEM,
    ROOT,
    copy_of,
    days_of,
    differences,
    digests,
    forget_warehouse,
    kill_at,
    measure,
    openitem,
    run,
    simulate,
)

REPORT = ROOT / "tests" / "benchmarks" / "README.md"
RESULTS = ROOT / "tests" / "benchmarks" / "results.json"
SHARED = ROOT.parent / "shared" / "data"
RETAIL_SUM = "4275143.931"


@dataclass(frozen=True, slots=True)
class Bar:
    """One promise, what was measured, and the command that measures it."""

    name: str
    promise: str
    measured: str
    met: bool
    command: str


class Workplace:
    """The folder in which the bars build their homes; the demo is built once and copied."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def home(self, name: str) -> Path:
        path = self.folder / name
        shutil.rmtree(path, ignore_errors=True)
        path.mkdir(parents=True)
        return path

    def demo(self) -> Path:
        path = self.folder / "demo"
        if not (path / "published").exists():
            _build_demo(path)
        return path

    def small(self) -> Path:
        path = self.folder / "small"
        if not (path / "company.json").exists():
            simulate(self.home("small"), "small")
        return path


def _build_demo(path: Path) -> tuple[float, int]:
    shutil.rmtree(path, ignore_errors=True)
    measured = measure([*OPENITEM, "demo", "--home", str(path)])
    print(measured.output)
    return measured.seconds, measured.peak_bytes


def demo_is_quick(work: Workplace) -> Bar:
    seconds, peak = _build_demo(work.folder / "demo")
    return Bar(
        "demo", "the run after installation ≤ 90 s and ≤ 2 GB peak on 2 cores",
        f"{seconds:.0f} s, {peak / 2**30:.2f} GB peak (company invented, 180 days run, screen printed)",
        seconds <= 90 and peak <= 2 * 2**30, "make demo",
    )  # fmt: skip


def same_window_again(work: Workplace) -> Bar:
    home = copy_of(work.demo(), "again")
    first, last = days_of(home)
    before, sent = digests(home), _sent(home)
    decisions = openitem("status", home=home)["decisions"]
    run(home, first, last)
    changed = differences(before, digests(home))
    appended = openitem("status", home=home)["decisions"] - decisions
    sent_again = len(_sent(home) - sent)
    return Bar(
        "again", "same window run again: digest unchanged, nothing appended, nothing sent",
        f"{len(changed)} of {len(before)} tables changed {changed[:3] or ''}, {appended} decisions appended, "
        f"{sent_again} sent",
        not changed and not appended and not sent_again, "python -m tests.benchmarks.bars --only again",
    )  # fmt: skip


def _sent(home: Path) -> set[str]:
    return {path.name for path in (home / "outbox").rglob("*") if path.is_file()}


def rebuild_from_landing(work: Workplace) -> Bar:
    home = copy_of(work.demo(), "rebuilt")
    first, last = days_of(home)
    before = digests(home)
    forget_warehouse(home)
    seconds = run(home, first, last, command="backfill")["seconds"]
    changed = differences(before, digests(home))
    return Bar(
        "rebuild", "delete the warehouse, rebuild from landing and decisions: digest unchanged; 180 days in one run",
        f"{len(changed)} of {len(before)} tables changed {changed[:3] or ''}, 180 days rebuilt in {seconds} s",
        not changed, "python -m tests.benchmarks.bars --only rebuild",
    )  # fmt: skip


def single_days_equal_one_run(work: Workplace) -> Bar:
    whole = copy_of(work.small(), "whole")
    single = copy_of(work.small(), "single")
    first, last = days_of(whole)
    run(whole, first, last, command="backfill")
    from datetime import date, timedelta

    day = date.fromisoformat(first)
    count = 0
    while day <= date.fromisoformat(last):
        run(single, day.isoformat(), day.isoformat(), command="backfill")
        day += timedelta(days=1)
        count += 1
    expected = digests(whole)
    changed = differences(expected, digests(single))
    return Bar(
        "days",
        "14 single daily closes equal one 14-day run, table by table (as backfills: a close also sends at its end)",
        f"{count} closes: {len(expected) - len(changed)} of {len(expected)} tables equal {changed[:5] or ''}",
        not changed and count == 14, "python -m tests.benchmarks.bars --only days",
    )  # fmt: skip


# A moment is a line that the run tells; the kill follows it by up to that many seconds.
MOMENTS: dict[str, tuple[str, float]] = {
    "landing": ("Taking in what arrived", 0.4),
    "raw": ("Loading raw tables", 0.4),
    "dbt before the walk": ("Building orders, invoices and payments: ", 0.3),
    "the walk": ("Deciding, day by day", 0.3),
    "log commit": ("closing ", 0.02),
    "dbt after the walk": ("Building receivables and reports: ", 0.3),
    "ties": ("Tying totals together", 0.5),
    "publish": ("Publishing", 0.15),
}
KILLS = ["landing", "landing", "raw", "raw", "dbt before the walk", "dbt before the walk", "dbt before the walk",
         "the walk", "the walk", "the walk", "log commit", "log commit", "log commit", "dbt after the walk",
         "dbt after the walk", "ties", "publish", "publish", "publish", "publish"]  # fmt: skip


def killed_runs_recover(work: Workplace, kills: list[str] | None = None, seed: int = 7) -> Bar:
    kills = kills or KILLS
    undisturbed = copy_of(work.small(), "undisturbed")
    first, last = days_of(undisturbed)
    run(undisturbed, first, last)
    expected = digests(undisturbed)
    chance = random.Random(seed)
    equal = alive = 0
    wrong: list[str] = []
    for number, name in enumerate(kills):
        home = copy_of(work.small(), "killed")
        words, within = MOMENTS[name]
        skip = chance.randrange(1, 12) if name in {"dbt before the walk", "dbt after the walk", "log commit"} else 0
        seen = [0]

        def is_moment(line: str, words: str = words, skip: int = skip, seen: list[int] = seen) -> bool:
            seen[0] += words in line
            return seen[0] > skip

        alive += kill_at(home, first, last, is_moment, chance.uniform(0, within))
        run(home, first, last)
        changed = differences(expected, digests(home))
        equal += not changed
        if changed:
            wrong.append(f"#{number} {name}: {changed[:3]}")
        print(f"kill {number + 1}/{len(kills)} at {name}: {'equal' if not changed else changed[:5]}")
    return Bar(
        "kill", f"kill -9 at {len(kills)} moments between landing and the publish rename, rerun: same digest",
        f"{equal} of {len(kills)} equal, {alive} killed while alive; "
        f"{', '.join(f'{kills.count(name)} {name}' for name in dict.fromkeys(kills))} {wrong or ''}",
        equal == len(kills) and alive == len(kills), "python -m tests.benchmarks.bars --only kill",
    )  # fmt: skip


def first_ladder_against_truth(work: Workplace) -> Bar:
    from data.simulator.score import score_matches

    score = score_matches(work.demo())
    return Bar(
        "ladder", "≥ 55 % of at least 3,000 receipts applied, precision ≥ 99.5 %",
        f"{score['receipts']} receipts, {score['applied']} applied ({score['rate_by_receipt']} %, by value "
        f"{score['rate_by_value']} %), precision {score['precision_by_receipt']} % (by value "
        f"{score['precision_by_value']} %), {score['wrong']} wrong",
        score["receipts"] >= 3000 and score["rate_by_receipt"] >= 55 and score["precision_by_receipt"] >= 99.5,
        "python -m tests.benchmarks.bars --only ladder",
    )  # fmt: skip


def totals_equal_truth(work: Workplace) -> Bar:
    from data.simulator.score import compare_totals

    compared = compare_totals(work.demo())
    wrong = [row for row in compared if not row["equal"]]
    counts = ", ".join(f"{row['what']}: {row['found']}" for row in compared)
    return Bar(
        "totals", "invoices, receipts and open items of the demo equal the simulator's, once each, to the cent",
        f"{len(compared) - len(wrong)} of {len(compared)} comparisons equal ({counts}) {wrong or ''}",
        bool(compared) and not wrong, "python -m tests.benchmarks.bars --only totals",
    )  # fmt: skip


def real_input(work: Workplace) -> Bar:
    if not SHARED.is_dir():
        return Bar("real", "both real data sets run through the chain", "the data sets are not here", False, "–")
    from tests.orchestration.real_input import run_retail, run_s4

    retail = run_retail(work.home("retail"), SHARED)
    s4 = run_s4(work.home("s4"), SHARED)
    return Bar(
        "real",
        "both real data sets run through: 240,007 retail lines, sum 4,275,143.931; S/4 nets and clears",
        f"retail: {retail.summary}; S/4: {s4.summary}", retail.met and s4.met,
        "python -m tests.benchmarks.bars --only real",
    )  # fmt: skip


def _pytest_bar(name: str, promise: str, *arguments: str) -> Bar:
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *arguments], cwd=ROOT, capture_output=True, text=True, check=False,
        env={**os.environ, "CI": "true"},
    )  # fmt: skip
    closing = done.stdout.strip().splitlines()[-1] if done.stdout.strip() else "no output"
    return Bar(name, promise, re.sub(r"=+", "", closing).strip(), done.returncode == 0, f"pytest {' '.join(arguments)}")


def malformed_input(_: Workplace) -> Bar:
    return _pytest_bar(
        "malformed",
        "40 hand-made bad files, each quarantined with its reason, none lost",
        "tests/extract/test_malformed_systems.py",
        "tests/extract/test_malformed_bank.py",
    )


def pages_in_a_browser(_: Workplace) -> Bar:
    return _pytest_bar(
        "browser",
        "chromium opens each page of the served demo; one approval by click is in the log, then in the snapshot",
        "-m", "browser",
    )  # fmt: skip


def tests_are_quick(_: Workplace) -> Bar:
    started = time.monotonic()
    done = subprocess.run(["make", "test"], cwd=ROOT, capture_output=True, text=True, check=False)
    minutes = (time.monotonic() - started) / 60
    closing = re.findall(r"\d+ passed[^\n]*", done.stdout)
    return Bar(
        "test", "`make test` ≤ 12 min on 2 cores", f"{minutes:.1f} min, {closing[-1] if closing else 'no tests'}",
        done.returncode == 0 and minutes <= 12, "make test",
    )  # fmt: skip


def documents_are_quick(_: Workplace) -> Bar:
    """1,000 documents (PDF + XML, validated) ≤ 90 s on 2 cores."""
    command = [sys.executable, "-m", "tests.benchmarks.documents"]
    finished = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT)
    measured = (finished.stdout or finished.stderr).strip()[-400:]
    promise = str(documents_are_quick.__doc__).rstrip(".")
    return Bar("documents", promise, measured, finished.returncode == 0, "python -m tests.benchmarks.documents")


BARS: dict[str, Callable[[Workplace], Bar]] = {
    "demo": demo_is_quick,
    "again": same_window_again,
    "rebuild": rebuild_from_landing,
    "days": single_days_equal_one_run,
    "kill": killed_runs_recover,
    "ladder": first_ladder_against_truth,
    "totals": totals_equal_truth,
    "real": real_input,
    "malformed": malformed_input,
    "documents": documents_are_quick,
    "browser": pages_in_a_browser,
    "test": tests_are_quick,
}


def main() -> None:
    """Measure the bars asked for and write the report."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", help=f"comma-separated: {', '.join(BARS)}")
    parser.add_argument("--keep", type=Path, help="folder for the homes; default a temporary one")
    arguments = parser.parse_args()
    chosen = arguments.only.split(",") if arguments.only else list(BARS)
    results = json.loads(RESULTS.read_text()) if RESULTS.exists() else {}
    with tempfile.TemporaryDirectory() as folder:
        work = Workplace(arguments.keep or Path(folder))
        for name in chosen:
            started = time.monotonic()
            try:
                bar = BARS[name](work)
            except AssertionError as error:
                bar = Bar(
                    name, str(BARS[name].__doc__ or name), f"failed: {str(error)[-600:]}", False, f"--only {name}"
                )
            results[name] = {**asdict(bar), "seconds": round(time.monotonic() - started)}
            RESULTS.write_text(json.dumps(results, indent=1, ensure_ascii=False) + "\n")
            print(f"{name}: {'met' if bar.met else 'MISSED'}: {bar.measured}")
    REPORT.write_text(_report(results))
    if not all(results[name]["met"] for name in chosen):
        sys.exit(1)


def _cash_application() -> list[str]:
    """Return what was measured of `openitem match` and of its peers: both tables, the charts, and its growth."""
    folder = REPORT.parent / "cash_application" / "results"
    published = [path.read_text().strip() for path in (folder / "table.md", folder / "engine" / "table.md")]
    growth = (
        list(json.loads((folder / "growth.json").read_text()).values()) if (folder / "growth.json").exists() else []
    )
    lines = [
        "## Cash application", "",
        "Generator, labels, scorer and peers are in `cash_application/`. All matchers on the same files, as outside "
        "processes:", "", _until_second_table(published[0]), "",
        *(f"![{name}](cash_application/results/{name}.svg)" for name in ("standard", "stress")), "",
        "`openitem match` on books drawn anew, by variety ([all of it](cash_application/results/engine/table.md)):", "",
        _until_second_table(published[1]), "",
        "| Receipts | Documents | Processes | Seconds | Peak | Growth exponent |", "|---|---|---|---|---|---|",
    ]  # fmt: skip
    for before, row in zip([None, *growth], growth, strict=False):
        exponent = "–"
        if before:
            exponent = f"{log(row['seconds'] / before['seconds']) / log(row['receipts'] / before['receipts']):.2f}"
        lines.append(
            f"| {row['receipts']:,} | {row['documents']:,} | {row['workers']} | {row['seconds']} "
            f"| {row['peak_bytes'] / 2**30:.2f} GiB | {exponent} |"
        )
    return [*lines, "", "`python -m tests.benchmarks.cash_application.run --timing RECEIPTS`", ""]


def _until_second_table(text: str) -> str:
    """Return the head of a published text: its first table and the command below it."""
    lines = text.splitlines()
    last = next((at for at, line in enumerate(lines) if line.startswith("`python")), len(lines) - 1)
    return "\n".join(lines[: last + 1])


def _report(results: dict[str, dict[str, object]]) -> str:
    memory = psutil.virtual_memory().total / 2**30
    rows = [
        f"| {row['promise']} | {'yes' if row['met'] else '**no**'} | {row['measured']} | `{row['command']}` |"
        for name in BARS
        if (row := results.get(name))
    ]
    return "\n".join(
        [
            "# Bars",
            "",
            "Written by `make bars`, or bar by bar with `--only`; a row keeps its figure until it is measured again. "
            f"Machine: {platform.system()} {platform.machine()}, {psutil.cpu_count()} cores, {memory:.0f} GB, "
            f"Python {platform.python_version()}.",
            "",
            "| Bar | Met | Measured | Command |",
            "|---|---|---|---|",
            *rows,
            "",
            *_cash_application(),
            "## Invoices",
            "",
            "`python -m tests.benchmarks.invoicing`; the table with all bars is in [invoicing](invoicing/README.md).",
            "",
        ]
    )


if __name__ == "__main__":
    main()
