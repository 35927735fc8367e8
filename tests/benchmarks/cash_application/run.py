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
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from math import log10
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from tests.benchmarks.cash_application.generator import FAMILIES, generate
from tests.benchmarks.cash_application.peers.environment import python_with_peers
from tests.benchmarks.cash_application.scorer import as_json, score, upper_bound
from tests.benchmarks.homes import OPENITEM, ROOT, CommandFailedError, Measured, measure

HERE = Path(__file__).parent
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
LABELS = {
    "openitem": "openitem match",
    "odoo_oca": "Odoo/OCA rule, re-implemented, tolerance 0",
    "odoo_oca_3": "Odoo/OCA rule, re-implemented, tolerance 3 %",
    "odoo_oca_published": "Odoo/OCA rule, re-implemented, 3 %, overpaid too",
    "odoo_oca_generous": "Odoo/OCA rule, re-implemented, partner's exact sums too",
    "erpnext": "ERPNext ranking, re-implemented, rank ≥ 3 alone",
    "bankstatementparser": "bankstatementparser 0.0.29",
    "splink": "splink 5.0.0, best pair ≥ 0.95",
    "splink_999": "splink 5.0.0, best pair ≥ 0.999",
}
NEED_PACKAGES = {"bankstatementparser", "splink", "splink_999"}


@dataclass(frozen=True, slots=True)
class Run:
    """One matcher on one book."""

    variety: str
    family: str
    place: int
    receipts: int
    matcher: str
    seconds: float
    peak_mebibytes: int
    score: dict[str, Any]


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
        f"{run.variety} {run.family} #{run.place} {run.matcher}: auto {_percent(found['auto'])}, wrong "
        f"{found['wrong_of_auto']['count']} of {found['wrong_of_auto']['of']} (≤ {found['wrong_bound']:.3%}), exact "
        f"{_percent(found['exact'])}, value {_percent(found['exact_value'])}, batches without reference "
        f"{_percent(found['batches_without_reference'])}, left alone {_percent(found['must_not_apply'])}, "
        f"{run.seconds} s, {run.peak_mebibytes} MiB, {found['fault_count']} faults {found['faults'][:2] or ''}"
    )


def _percent(share: dict[str, Any]) -> str:
    return "–" if share["rate"] is None else f"{share['rate']:.1%}"


def table_of(runs: Iterable[Run]) -> str:
    """Return a Markdown table: of each matcher the worst book of each variety, errors summed over all books."""
    groups: dict[tuple[str, str], list[Run]] = {}
    for run in runs:
        groups.setdefault((run.variety, run.matcher), []).append(run)
    lines = [
        "| Variety | Matcher | Books × receipts | Auto of decidable | Wrong among auto | 95 % bound, worst book "
        "| Exact | Value exact | Batches without reference | Must not apply, left alone | ECE | Seconds | Peak |",
        "|---|---|---|---|---|---|---|---|---|---|---|---|---|",
    ]
    for (variety, matcher), books in groups.items():
        wrong = sum(book.score["wrong_of_auto"]["count"] for book in books)
        auto = sum(book.score["wrong_of_auto"]["of"] for book in books)
        error = [book.score["calibration_error"] for book in books if book.score["calibration_error"] is not None]
        faults = sum(book.score["fault_count"] for book in books)
        lines.append(
            f"| {variety} | {LABELS[matcher]}{f' (**{faults} faults**)' if faults else ''} | {len(books)} × "
            f"{books[0].receipts:,} | {_worst(books, 'auto')} | {wrong:,} of {auto:,} "
            f"(together ≤ {upper_bound(wrong, auto):.2%}) "
            f"| {max(book.score['wrong_bound'] for book in books):.2%} | {_worst(books, 'exact')} "
            f"| {_worst(books, 'exact_value')} | {_worst(books, 'batches_without_reference')} "
            f"| {_worst(books, 'must_not_apply')} | {f'{max(error):.3f}' if error else '–'} "
            f"| {max(book.seconds for book in books):.0f} | {max(book.peak_mebibytes for book in books):,} MiB |"
        )
    return "\n".join(lines) + "\n"


def _worst(books: Sequence[Run], name: str) -> str:
    rates = [book.score[name]["rate"] for book in books if book.score[name]["rate"] is not None]
    return f"{min(rates):.1%}" if rates else "–"


def scenario_table_of(runs: Iterable[Run], matcher: str) -> str:
    """Return a Markdown table of one matcher by variety and scenario, all books together."""
    sums: dict[tuple[str, str], dict[str, int]] = {}
    for run in runs:
        if run.matcher == matcher:
            for scenario, line in run.score["scenarios"].items():
                total = sums.setdefault((run.variety, scenario), {})
                for name, count in line.items():
                    total[name] = total.get(name, 0) + count
    lines = [
        "| Variety | Scenario | Receipts | Decidable | Auto | Exact | Wrong among auto |",
        "|---|---|---|---|---|---|---|",
    ]
    for (variety, scenario), total in sorted(sums.items()):
        decidable = total.get("decidable", 0)
        auto = f"{total['auto_decidable'] / decidable:.1%}" if decidable else "–"
        exact = f"{total['exact'] / decidable:.1%}" if decidable else "–"
        lines.append(
            f"| {variety} | {scenario} | {total['receipts']:,} | {decidable:,} | {auto} | {exact} "
            f"| {total['wrong']:,} |"
        )
    return "\n".join(lines) + "\n"


def chart_of(runs: Sequence[Run], variety: str) -> str:
    """Return an SVG: how much is applied automatically against how much of it may be wrong, on a logarithmic scale."""
    groups: dict[str, list[Run]] = {}
    for run in runs:
        if run.variety == variety:
            groups.setdefault(run.matcher, []).append(run)
    width, height, left, top = 880, 420, 90, 50
    across, down = 520, 300
    places = [(0.0001, "0.01 %"), (0.001, "0.1 %"), (0.01, "1 %"), (0.1, "10 %"), (1.0, "100 %")]

    def y_of(bound: float) -> float:
        return top + down * -log10(max(bound, 0.0001)) / 4

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" font-family="sans-serif" '
        f'font-size="13">',
        f'<rect width="{width}" height="{height}" fill="#ffffff"/>',
        f'<text x="{left}" y="26" font-size="16" fill="#1f2933">Automatic rate against the certified share of wrong '
        f"applications, {variety} books</text>",
        f'<rect x="{left}" y="{y_of(0.001)}" width="{across}" height="{y_of(0.0001) - y_of(0.001)}" fill="#e6f4ea"/>',
    ]
    for value, name in places:
        parts.append(f'<line x1="{left}" x2="{left + across}" y1="{y_of(value)}" y2="{y_of(value)}" stroke="#d5dbe1"/>')
        parts.append(f'<text x="{left - 8}" y="{y_of(value) + 4}" text-anchor="end" fill="#52606d">{name}</text>')
    for percent in range(0, 101, 20):
        x = left + across * percent / 100
        parts.append(f'<line x1="{x}" x2="{x}" y1="{top}" y2="{top + down}" stroke="#eef1f4"/>')
        parts.append(f'<text x="{x}" y="{top + down + 20}" text-anchor="middle" fill="#52606d">{percent} %</text>')
    parts.append(
        f'<text x="{left + across / 2}" y="{top + down + 44}" text-anchor="middle" fill="#52606d">Decidable receipts '
        "applied automatically and rightly, worst book</text>"
    )
    colors = ("#0b6e4f", "#c2410c", "#7c3aed", "#b45309", "#be123c", "#1d4ed8", "#475569", "#0e7490", "#a16207")
    for place, (matcher, books) in enumerate(groups.items()):
        color = colors[list(MATCHERS).index(matcher) % len(colors)]
        auto = min(book.score["auto"]["rate"] or 0 for book in books)
        bound = max(book.score["wrong_bound"] for book in books)
        parts.append(f'<circle cx="{left + across * auto:.1f}" cy="{y_of(bound):.1f}" r="7" fill="{color}"/>')
        parts.append(f'<circle cx="{left + across + 24}" cy="{top + 14 + 24 * place}" r="6" fill="{color}"/>')
        parts.append(
            f'<text x="{left + across + 36}" y="{top + 18 + 24 * place}" fill="#1f2933">{LABELS[matcher]}</text>'
        )
    parts.append(
        f'<text x="{left + 6}" y="{y_of(0.001) + 18}" fill="#0b6e4f">at most 0.1 % wrong, '
        "one-sided 95 % bound</text></svg>"
    )
    return "\n".join(parts) + "\n"


def time_growth(given: argparse.Namespace, work: Path) -> None:
    """Time `openitem match` on one large book without labels."""
    folder = work / "timing"
    generate(folder, seeds_of(1, given.draw)[0], given.timing, given.family or "mixed", labelled=False)
    shown = only_inputs(folder)
    documents = pq.read_metadata(shown / "documents.parquet").num_rows
    measured = run_matcher(
        "openitem", shown, work / "result", environment=given.environment, workers=given.workers, policy=given.policy
    )
    print(
        f"{given.timing:,} receipts × {documents:,} documents: {measured.seconds:.1f} s, "
        f"{measured.peak_bytes / 2**30:.2f} GiB peak"
    )


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
    parser.add_argument("--matchers", default=",".join(MATCHERS), help="separated by commas")
    parser.add_argument("--draw", type=int, help="draw the seeds from this number instead of those for tuning")
    parser.add_argument("--timing", type=int, help="only time `openitem match` on so many receipts")
    parser.add_argument("--same", action="store_true", help="only compare answers on shuffled rows and other workers")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--policy", help="a policy file for `openitem match`")
    parser.add_argument("--work", type=Path, help="where books are kept while they are used")
    parser.add_argument("--environment", type=Path, default=ROOT / "data" / "build" / "peers")
    parser.add_argument(
        "--results", type=Path, default=HERE / "results", help="where table, chart and figures are written"
    )
    given = parser.parse_args()
    given.environment = given.environment.resolve()
    matchers = [name for name in given.matchers.split(",") if name in MATCHERS]
    if "openitem" in matchers and not has_match_command():
        print("this checkout has no `openitem match`; only peers are run")
        matchers.remove("openitem")
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
    )
    text = f"Worst book of each variety ({seeds}).\n\n{table_of(runs)}\n`{command}`\n"
    if any(run.matcher == "openitem" for run in runs):
        text += f"\n{scenario_table_of(runs, 'openitem')}"
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
