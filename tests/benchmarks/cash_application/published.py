"""What is published of a comparison: tables of matchers, books, calibration and scenarios, and one chart a variety."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import log10
from typing import Any

from tests.benchmarks.cash_application.scorer import upper_bound

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


def percent(share: dict[str, Any]) -> str:
    """Return a share as text, a dash when there is nothing to share."""
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


def book_table_of(runs: Iterable[Run], matcher: str) -> str:
    """Return a Markdown table of one matcher, book by book, with how well its confidence holds and what it needed."""
    lines = [
        "| Variety | Family | Auto of decidable | Wrong among auto | 95 % bound | Exact | Value exact "
        "| Batches without reference | Must not apply, left alone | ECE | Seconds | Peak |",
        "|---|---|---|---|---|---|---|---|---|---|---|---|",
    ]
    for run in runs:
        if run.matcher == matcher:
            found, error = run.score, run.score["calibration_error"]
            lines.append(
                f"| {run.variety} | {run.family} | {percent(found['auto'])} | {found['wrong_of_auto']['count']:,} of "
                f"{found['wrong_of_auto']['of']:,} | {found['wrong_bound']:.3%} | {percent(found['exact'])} "
                f"| {percent(found['exact_value'])} | {percent(found['batches_without_reference'])} "
                f"| {percent(found['must_not_apply'])} | {'–' if error is None else f'{error:.4f}'} "
                f"| {run.seconds:.0f} | {run.peak_mebibytes:,} MiB |"
            )
    return "\n".join(lines) + "\n"


def calibration_table_of(runs: Iterable[Run], matcher: str) -> str:
    """Return a Markdown table of what one matcher claimed of its proposals and how often it was right, by group."""
    groups = [
        ((run.variety, f"{place:>2} of {len(run.score['calibration'])}"), group)
        for run in runs
        if run.matcher == matcher
        for place, group in enumerate(run.score["calibration"], start=1)
    ]
    return _claims_table("Group", groups)


def rule_table_of(runs: Iterable[Run], matcher: str) -> str:
    """Return a Markdown table of what one matcher claimed and how often it was right, by the rule of its proposal."""
    rules = [
        ((run.variety, rule), line)
        for run in runs
        if run.matcher == matcher
        for rule, line in run.score["calibration_by_rule"].items()
    ]
    return _claims_table("Rule", rules)


def _claims_table(by: str, claims: Iterable[tuple[tuple[str, str], dict[str, float]]]) -> str:
    sums: dict[tuple[str, str], dict[str, float]] = {}
    for key, line in claims:
        total = sums.setdefault(key, {})
        for name, value in line.items():
            total[name] = total.get(name, 0) + value
    lines = [f"| Variety | {by} | Proposals | Claimed | Right |", "|---|---|---|---|---|"]
    for (variety, name), total in sorted(sums.items()):
        count = total["receipts"]
        claimed, right = total["claimed"] / count, total["right"] / count
        lines.append(f"| {variety} | {name.strip()} | {count:,.0f} | {claimed:.2%} | {right:.2%} |")
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
        color = colors[list(LABELS).index(matcher) % len(colors)]
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
