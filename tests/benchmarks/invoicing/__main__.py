"""The bars of drafting; writes tests/benchmarks/invoicing/README.md.

python -m tests.benchmarks.invoicing --only preflight,guard,delay,speed --home <a home that `openitem demo` built>
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
    FALSE_ALARMS,
    KEPT_BACK,
    PARKED,
    PREVENTED,
    TRACED,
    TRIGGER_TO_DRAFT,
    measured,
)
from tests.benchmarks.invoicing.speed import draft_all

FOLDER = Path(__file__).parent
COMMAND = "python -m tests.benchmarks.invoicing --only"


def rejections_are_traced_and_prevented(home: Path) -> Bar:
    """Compare rejections, stopped drafts and the truth of both."""
    traced, prevented = measured(home, TRACED), measured(home, PREVENTED)
    alarms, kept = measured(home, FALSE_ALARMS), measured(home, KEPT_BACK)
    share = 100 * prevented["prevented"] / max(prevented["preventable"], 1)
    false_share = 100 * alarms["false_alarms"] / max(alarms["charges"], 1)
    return Bar(
        "preflight",
        "every rejection traced to its field; ≥ 90 % of what was preventable stopped beforehand, ≤ 1 % false alarms",
        f"{traced['traced']} of {traced['rejections']} traced {(traced['wrong'] or '')}; {prevented['prevented']} of "
        f"{prevented['preventable']} preventable stopped ({share:.1f} %); {alarms['false_alarms']} false alarms in "
        f"{alarms['charges']} charges ({false_share:.2f} %) {(alarms['wrong'] or '')}; of ours {kept['kept_back']} "
        f"kept back, {kept['preventable_rejections_of_ours']} preventable rejections came",
        traced["traced"] == traced["rejections"] > 0 and share >= 90 and false_share <= 1,
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
    """Measure hours from the event's time in its source system to the reviewable draft."""
    found = measured(home, TRIGGER_TO_DRAFT)
    return Bar(
        "delay", "trigger to reviewable draft: p95 ≤ 24 h from the event's time in its source system",
        f"{found['drafts']} drafts: p50 {found['p50']} h, p95 {found['p95']} h", found["p95"] <= 24,
        f"{COMMAND} delay",
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
    "preflight": rejections_are_traced_and_prevented,
    "guard": guard_parks_nobody_for_nothing,
    "delay": drafts_are_there_within_a_day,
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
