"""The bars of drafting; writes tests/benchmarks/invoicing/README.md.

python -m tests.benchmarks.invoicing --home <a home that `openitem demo` built>
python -m tests.benchmarks.invoicing --only truth,preflight,guard,delay,delay_with_faults,speed
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

from tests.benchmarks.bars import Bar, Workplace
from tests.benchmarks.invoicing.preflight import (
    DRAFTS,
    FALSE_ALARMS,
    KEPT_BACK,
    PARKED,
    PREVENTED,
    SHOWN,
    TRACED,
    TRIGGER_TO_DRAFT,
    measured,
)
from tests.benchmarks.invoicing.speed import draft_all

FOLDER = Path(__file__).parent
COMMAND = "python -m tests.benchmarks.invoicing --only"


def drafts_are_what_should_be_billed(home: Path) -> Bar:
    """Compare drafts with the charges that the truth says could be billed, both ways."""
    found = measured(home, DRAFTS)
    wrong = {name: found[name] for name in ("missing", "beyond", "other_amount", "other_day")}
    return Bar(
        "truth", "drafts = the charges that could be billed: none missing, none else, each to the cent and on its day",
        f"{found['drafted']} drafted, {found['should_be']} should be: {wrong['missing']} missing, {wrong['beyond']} "
        f"beyond, {wrong['other_amount']} of another amount, {wrong['other_day']} first drafted on another day",
        found["should_be"] > 0 and not any(wrong.values()), f"{COMMAND} truth",
    )  # fmt: skip


def rejections_are_traced_and_prevented(home: Path) -> Bar:
    """Compare rejections, in the queue and as the page shows them, stopped drafts and the truth of all."""
    traced, shown, prevented = measured(home, TRACED), measured(home, SHOWN), measured(home, PREVENTED)
    alarms, kept = measured(home, FALSE_ALARMS), measured(home, KEPT_BACK)
    share = 100 * prevented["prevented"] / max(prevented["preventable"], 1)
    false_share = 100 * alarms["false_alarms"] / max(alarms["charges"], 1)
    return Bar(
        "preflight",
        "every rejection traced to its field; ≥ 90 % of what was preventable stopped beforehand, ≤ 1 % false alarms",
        f"{traced['traced']} of {traced['rejections']} traced in the queue {(traced['wrong'] or '')}; the page shows "
        f"{shown['shown_right']} of {shown['rows_shown']} as the truth has them, {shown['causes_differing']} of its "
        f"{shown['causes']} causes count otherwise; {prevented['prevented']} of {prevented['preventable']} preventable "
        f"stopped ({share:.1f} %); {alarms['false_alarms']} false alarms in {alarms['charges']} charges "
        f"({false_share:.2f} %) {(alarms['wrong'] or '')}; of ours {kept['kept_back']} kept back, "
        f"{kept['preventable_rejections_of_ours']} preventable rejections came",
        traced["traced"] == shown["shown_right"] == shown["rows_shown"] == traced["rejections"] > 0
        and not shown["causes_differing"]
        and share >= 90
        and false_share <= 1,
        f"{COMMAND} preflight",
    )


def guard_parks_nobody_for_nothing(home: Path) -> Bar:
    """Count what the guard parks in a company in which nothing is out of order."""
    found = measured(home, PARKED)
    share = 100 * found["parked"] / max(found["charges"], 1)
    return Bar(
        "guard", "false parks of the guard on the demo: ≤ 0.1 % of drafts",
        f"{found['parked']} of {found['charges']} charges parked ({share:.3f} %)", share <= 0.1, f"{COMMAND} guard",
    )  # fmt: skip


def drafts_are_there_within_a_day(home: Path) -> Bar:
    """Measure hours from the event's time in its source to a draft to approve, nothing upstream being wrong."""
    found = measured(home, TRIGGER_TO_DRAFT)
    return Bar(
        "delay", "trigger to reviewable draft, nothing wrong upstream: p95 ≤ 24 h from the event's time in its source",
        f"{found['clear']} of {found['charges']} charges: p50 {found['clear_p50']} h, p95 {found['clear_p95']} h; to "
        f"the first draft decided, blocked ones too, all {found['charges']}: p50 {found['decided_p50']} h, p95 "
        f"{found['decided_p95']} h",
        found["clear_p95"] <= 24, f"{COMMAND} delay",
    )  # fmt: skip


def drafts_wait_for_faults_upstream(home: Path) -> Bar:
    """Measure the same over every charge, the time that faults upstream stood included."""
    found = measured(home, TRIGGER_TO_DRAFT)
    return Bar(
        "delay_with_faults", "trigger to reviewable draft, the time faults upstream stood included: p95 ≤ 24 h",
        f"{found['charges']} charges: p50 {found['reviewable_p50']} h, p95 {found['reviewable_p95']} h; of these "
        f"{found['blocked']} were blocked by a fault upstream: p95 {found['blocked_p95']} h with the "
        f"{found['still_blocked']} that nobody put right until the last day, which count with their hours so far; p95 "
        f"{found['mended_p95']} h of those put right",
        found["reviewable_p95"] <= 24, f"{COMMAND} delay_with_faults",
    )  # fmt: skip


def ten_thousand_drafts(_: Path) -> Bar:
    """Draft ten thousand charges."""
    speed = draft_all()
    return Bar(
        "speed", "10,000 drafts ≤ 20 s on 2 cores",
        f"{speed.drafts} drafts ({speed.blocked} blocked, {speed.parked} parked) in {speed.seconds:.1f} s",
        speed.drafts >= 10_000 and speed.blocked == 0 and speed.seconds <= 20, f"{COMMAND} speed",
    )  # fmt: skip


BARS: dict[str, Callable[[Path], Bar]] = {
    "truth": drafts_are_what_should_be_billed,
    "preflight": rejections_are_traced_and_prevented,
    "guard": guard_parks_nobody_for_nothing,
    "delay": drafts_are_there_within_a_day,
    "delay_with_faults": drafts_wait_for_faults_upstream,
    "speed": ten_thousand_drafts,
}


def main() -> None:
    """Measure the bars asked for and write the report."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", default=",".join(BARS), help=f"comma-separated: {', '.join(BARS)}")
    parser.add_argument("--home", type=Path, help="a home that holds the demo; built when there is none")
    arguments = parser.parse_args()
    results_path = FOLDER / "results.json"
    results = json.loads(results_path.read_text()) if results_path.exists() else {}
    chosen = arguments.only.split(",")
    with tempfile.TemporaryDirectory() as folder:
        needs_home = any(name != "speed" for name in chosen)
        home = arguments.home or (Workplace(Path(folder)).demo() if needs_home else Path(folder))
        for name in chosen:
            bar = BARS[name](home)
            results[name] = asdict(bar)
            print(f"{name}: {'met' if bar.met else 'MISSED'}: {bar.measured}")
    results_path.write_text(json.dumps(results, indent=1, ensure_ascii=False) + "\n")
    rows = [
        f"| {row['promise']} | {'yes' if row['met'] else '**no**'} | {row['measured']} | `{row['command']}` |"
        for name in BARS
        if (row := results.get(name))
    ]
    (FOLDER / "README.md").write_text(
        "\n".join(["# Drafting", "", "| Bar | Met | Measured | Command |", "|---|---|---|---|", *rows, ""])
    )
    if not all(results[name]["met"] for name in chosen):
        sys.exit(1)


if __name__ == "__main__":
    main()
