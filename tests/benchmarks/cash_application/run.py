"""Runs matchers and peers on the same invented books, scores them, and writes a table and a chart.

python -m tests.benchmarks.cash_application.run --seeds 2 --receipts 4000 --matchers openitem,odoo_oca
python -m tests.benchmarks.cash_application.run --seeds 5 --varieties standard,memory,stress --draw NUMBER
python -m tests.benchmarks.cash_application.run --timing 100000
python -m tests.benchmarks.cash_application.run --same

Without `--draw` the seeds are those an engine may be tuned on. With it they are drawn from a number that stands nowhere
in the tree, so that the final figure comes from books no one has seen.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import random
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from tests.benchmarks.cash_application.generator import FAMILIES, generate
from tests.benchmarks.cash_application.peers.environment import python_with_peers
from tests.benchmarks.cash_application.published import (
    LABELS,
    Run,
    book_table_of,
    calibration_table_of,
    chart_of,
    percent,
    rule_table_of,
    scenario_table_of,
    table_of,
)
from tests.benchmarks.cash_application.scorer import as_json, score
from tests.benchmarks.homes import OPENITEM, ROOT, CommandFailedError, Measured, measure

HERE = Path(__file__).parent
GROWTH = HERE / "results" / "growth.json"  # what `--timing` measured, by number of receipts
TUNING_SEEDS = (101, 102, 103, 104, 105, 106, 107, 108)
VARIETIES: dict[str, dict[str, Any]] = {
    "standard": {},
    "memory": {"history_days": 90},
    "stress": {"stress": True},
    "entities": {"entities": 3},
}
PEERS = "tests.benchmarks.cash_application.peers."
MATCHERS: dict[str, tuple[str, tuple[str, ...]]] = {
    "openitem": ("", ()),
    "odoo_oca": (f"{PEERS}odoo_oca_rule", ("--tolerance", "0")),
    "odoo_oca_3": (f"{PEERS}odoo_oca_rule", ("--tolerance", "3")),
    "odoo_oca_published": (f"{PEERS}odoo_oca_rule", ("--tolerance", "3", "--exact-sum", "0")),
    "odoo_oca_generous": (f"{PEERS}odoo_oca_rule", ("--tolerance", "0", "--partner-too", "1")),
    "erpnext": (f"{PEERS}erpnext_rule", ()),
    "bankstatementparser": (f"{PEERS}bankstatementparser_peer", ()),
    "splink": (f"{PEERS}splink_peer", ()),
    "splink_999": (f"{PEERS}splink_peer", ("--automatic", "0.999")),
}
ALL_MATCHERS = ",".join(MATCHERS)
NEED_PACKAGES = {"bankstatementparser", "splink", "splink_999"}


def seeds_of(count: int, draw: int | None) -> list[int]:
    """Return seeds to tune on, or, drawn from a number given, seeds to be scored on."""
    if draw is None:
        return [TUNING_SEEDS[place % len(TUNING_SEEDS)] + 1000 * (place // len(TUNING_SEEDS)) for place in range(count)]
    return random.Random(draw).sample(range(10**6, 10**9), count)


def has_match_command() -> bool:
    """Return whether this checkout has `openitem match`."""
    tried = subprocess.run([*OPENITEM, "match", "--help"], cwd=ROOT, capture_output=True, check=False)
    return tried.returncode == 0


def run_matcher(
    matcher: str, inputs: Path, result: Path, *, environment: Path, workers: int, policy: str | None
) -> Measured:
    """Run one matcher as a process of its own and measure it."""
    shutil.rmtree(result, ignore_errors=True)
    if matcher == "openitem":
        command = [*OPENITEM, "match", "--workers", str(workers)]
        command += ["--policy", policy] if policy else []
    else:
        module, options = MATCHERS[matcher]
        python = str(python_with_peers(environment)) if matcher in NEED_PACKAGES else sys.executable
        command = [python, "-m", module, *options]
    return measure([*command, "--input", str(inputs), "--output", str(result)], environment={"PYTHONPATH": str(ROOT)})


def only_inputs(folder: Path) -> Path:
    """Return a folder with the input tables alone: a matcher is never shown the truth."""
    shown = folder.parent / f"{folder.name}-shown"
    shutil.rmtree(shown, ignore_errors=True)
    shown.mkdir()
    for path in sorted(folder.glob("*.parquet")):
        if not path.name.startswith("truth_"):
            shutil.copy2(path, shown / path.name)
    return shown


def compare(given: argparse.Namespace, matchers: Sequence[str], work: Path) -> list[Run]:
    """Run every matcher on every book and return what was measured."""
    runs: list[Run] = []
    for variety in given.varieties.split(","):
        for place, seed in enumerate(seeds_of(given.seeds, given.draw)):
            family = given.family or FAMILIES[place % len(FAMILIES)]
            folder = work / f"{variety}-{place}"
            generate(folder, seed, given.receipts, family, **VARIETIES[variety])
            shown = only_inputs(folder)
            for matcher in matchers:
                result = work / "result"
                try:
                    measured = run_matcher(
                        matcher,
                        shown,
                        result,
                        environment=given.environment,
                        workers=given.workers,
                        policy=given.policy,
                    )
                except CommandFailedError as error:
                    print(f"{matcher} failed on {variety} {place}: {error}")
                    continue
                found = as_json(score(folder, result))
                run = Run(
                    variety, family, place, given.receipts, matcher, round(measured.seconds, 1),
                    measured.peak_bytes // 2**20, found,
                )  # fmt: skip
                runs.append(run)
                print(_line(run), flush=True)
            shutil.rmtree(folder)
            shutil.rmtree(shown)
    return runs


def _line(run: Run) -> str:
    found = run.score
    return (
        f"{run.variety} {run.family} #{run.place} {run.matcher}: auto {percent(found['auto'])}, wrong "
        f"{found['wrong_of_auto']['count']} of {found['wrong_of_auto']['of']} (≤ {found['wrong_bound']:.3%}), exact "
        f"{percent(found['exact'])}, value {percent(found['exact_value'])}, batches without reference "
        f"{percent(found['batches_without_reference'])}, left alone {percent(found['must_not_apply'])}, "
        f"{run.seconds} s, {run.peak_mebibytes} MiB, {found['fault_count']} faults {found['faults'][:2] or ''}"
    )


def time_growth(given: argparse.Namespace, work: Path) -> None:
    """Time `openitem match` on one large book without labels."""
    folder: Path = given.book or work / "timing"
    if given.book is None:
        generate(folder, seeds_of(1, given.draw)[0], given.timing, given.family or "mixed", labelled=False)
    shown = only_inputs(folder)
    receipts = pq.read_metadata(shown / "receipts.parquet").num_rows
    if receipts != given.timing:
        raise SystemExit(f"`--timing {given.timing}` asks for a book of as many receipts, `--book` has {receipts}.")
    documents = pq.read_metadata(shown / "documents.parquet").num_rows
    measured = run_matcher(
        "openitem", shown, work / "result", environment=given.environment, workers=given.workers, policy=given.policy
    )
    print(
        f"{given.timing:,} receipts × {documents:,} documents: {measured.seconds:.1f} s, "
        f"{measured.peak_bytes / 2**30:.2f} GiB peak"
    )
    known = json.loads(GROWTH.read_text()) if GROWTH.exists() else {}
    known[str(given.timing)] = {
        "receipts": given.timing, "documents": documents, "workers": given.workers,
        "seconds": round(measured.seconds, 1), "peak_bytes": measured.peak_bytes,
    }  # fmt: skip
    GROWTH.write_text(json.dumps(dict(sorted(known.items(), key=lambda row: int(row[0]))), indent=1) + "\n")


def same_whatever_the_order(given: argparse.Namespace, work: Path) -> bool:
    """Return whether `openitem match` answers the same on shuffled rows, with one worker and with two."""
    folder = work / "same"
    generate(folder, seeds_of(1, given.draw)[0], given.receipts, given.family or "mixed", history_days=90)
    shown = only_inputs(folder)
    digests = []
    for workers, shuffle in ((1, None), (2, None), (1, 5), (2, 6)):
        if shuffle is not None:
            _shuffle(shown, shuffle)
        run_matcher(
            "openitem", shown, work / "result", environment=given.environment, workers=workers, policy=given.policy
        )
        digests.append(digest_of(work / "result"))
    print("identical" if len(set(digests)) == 1 else f"different: {digests}")
    return len(set(digests)) == 1


def _shuffle(folder: Path, seed: int) -> None:
    for path in sorted(folder.glob("*.parquet")):
        table = pq.read_table(path)
        order = list(range(len(table)))
        random.Random(seed).shuffle(order)
        pq.write_table(table.take(order), path)


def digest_of(result: Path) -> str:
    """Return a digest of the rows of a result, whatever their order in the files."""
    found = hashlib.sha256()
    for path in sorted(result.glob("*.parquet")):
        lines = sorted(json.dumps(row, default=str, sort_keys=True) for row in pq.read_table(path).to_pylist())
        found.update("\n".join([path.name, *lines]).encode())
    return found.hexdigest()


def main() -> None:
    """Run what the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=2, help="how many books of each variety")
    parser.add_argument("--receipts", type=int, default=20_000)
    parser.add_argument("--varieties", default="standard", help=f"of {', '.join(VARIETIES)}, separated by commas")
    parser.add_argument("--family", choices=FAMILIES, help="one family; otherwise they alternate from book to book")
    parser.add_argument("--matchers", default=ALL_MATCHERS, help="separated by commas")
    parser.add_argument("--draw", type=int, help="draw the seeds from this number instead of those for tuning")
    parser.add_argument("--timing", type=int, help="only time `openitem match` on so many receipts")
    parser.add_argument("--book", type=Path, help="with --timing: a book generated before, instead of a new one")
    parser.add_argument("--same", action="store_true", help="only compare answers on shuffled rows and other workers")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--policy", help="a policy file for `openitem match`")
    parser.add_argument("--work", type=Path, help="where books are kept while they are used")
    parser.add_argument("--environment", type=Path, default=ROOT / "data" / "build" / "peers")
    parser.add_argument(
        "--results", type=Path, help="where table, chart and figures are written; `results/engine` for openitem alone"
    )
    given = parser.parse_args()
    given.environment = given.environment.resolve()
    matchers = [name for name in given.matchers.split(",") if name in MATCHERS]
    if "openitem" in matchers and not has_match_command():
        print("this checkout has no `openitem match`; only peers are run")
        matchers.remove("openitem")
    given.results = given.results or HERE / "results" / ("engine" if matchers == ["openitem"] else "")
    with tempfile.TemporaryDirectory(dir=given.work) as name:
        work = Path(name)
        if given.timing:
            time_growth(given, work)
        elif given.same:
            sys.exit(0 if same_whatever_the_order(given, work) else 1)
        else:
            write_results(compare(given, matchers, work), given)


def write_results(runs: list[Run], given: argparse.Namespace) -> None:
    """Write figures, tables and one chart a variety."""
    given.results.mkdir(parents=True, exist_ok=True)
    seeds = "seeds drawn anew" if given.draw is not None else "seeds for tuning"
    command = (
        f"python -m tests.benchmarks.cash_application.run --seeds {given.seeds} --receipts {given.receipts} "
        f"--varieties {given.varieties}{f' --family {given.family}' if given.family else ''}"
        f"{' --draw NUMBER' if given.draw is not None else ''}"
        f"{'' if given.matchers == ALL_MATCHERS else f' --matchers {given.matchers}'}"
    )
    text = f"Worst book of each variety ({seeds}).\n\n{table_of(runs)}\n`{command}`\n"
    if any(run.matcher == "openitem" for run in runs):
        text += (
            f"\n{LABELS['openitem']}, book by book:\n\n{book_table_of(runs, 'openitem')}"
            "\nWhat it claimed of its proposals and how often it was right, in groups of equal size, the surest first:"
            f"\n\n{calibration_table_of(runs, 'openitem')}"
            f"\nThe same by the rule of the proposal:\n\n{rule_table_of(runs, 'openitem')}"
            f"\nAll books of a variety together:\n\n{scenario_table_of(runs, 'openitem')}"
        )
    (given.results / "table.md").write_text(text)
    (given.results / "runs.json").write_text(json.dumps([_short(run) for run in runs], indent=1) + "\n")
    for variety in dict.fromkeys(run.variety for run in runs):
        (given.results / f"{variety}.svg").write_text(chart_of(runs, variety))
    print(text)


def _short(run: Run) -> dict[str, Any]:
    plain = asdict(run)
    plain["score"]["wrong_receipts"] = plain["score"]["wrong_receipts"][:10]
    return plain


if __name__ == "__main__":
    main()
