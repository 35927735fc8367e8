"""Chooses from which confidence each class of evidence may be applied by itself, on books made for that.

python -m tests.benchmarks.cash_application.thresholds BOOK [BOOK ...] --output cash_thresholds.csv

A book is a folder of the generator with its truth. Each is matched with every class let through from a low confidence;
per class the threshold is kept at which right ones outweigh wrong ones most, one wrong one counting as many right.
The figures a policy is judged by come from other books.
"""

from __future__ import annotations

import argparse
import csv
import tempfile
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pyarrow.parquet as pq

from assets.cash_application.match_policy import match_policy
from assets.close.match_files import match_folder
from orchestration.cli_match import read_policy
from tests.benchmarks.cash_application.scorer import upper_bound

LOWEST = 0.70
STEPS = (
    0.80,
    0.85,
    0.90,
    0.93,
    0.95,
    0.97,
    0.98,
    0.985,
    0.99,
    0.993,
    0.995,
    0.997,
    0.998,
    0.999,
    0.9995,
    0.9999,
    0.99999,
)
COST_OF_WRONG = 100  # right applications that one wrong one outweighs
FEWEST = 15  # receipts a class must have shown, all right, to be automatic at all
USUAL = 0.97  # a lower threshold has to show of its own, below this, that many right ones and no wrong one
FEWEST_BELOW = 50
NEVER = ("listed_with_difference", "amount_only")  # who bears the difference, who paid: for a person to say


@dataclass(frozen=True, slots=True)
class Claim:
    """How sure the matcher was of one receipt, in which class, and whether it was right."""

    basis: str
    confidence: float
    is_right: bool


def claims_of(book: Path, workers: int) -> list[Claim]:
    """Match a book with all classes let through, and return what was claimed."""
    policy = replace(match_policy(read_policy(None)), thresholds={}, default_threshold=LOWEST)
    wanted: dict[str, dict[str, int]] = defaultdict(dict)
    for row in pq.read_table(book / "truth_applications.parquet").to_pylist():
        wanted[row["receipt_id"]][row["document_id"]] = row["applied_minor"]
    with tempfile.TemporaryDirectory() as name:
        match_folder(book, Path(name), policy, workers=workers)
        found: dict[str, dict[str, int]] = defaultdict(dict)
        for row in pq.read_table(Path(name) / "applications.parquet", filters=[("rank", "=", 1)]).to_pylist():
            found[row["receipt_id"]][row["document_id"]] = row["applied_minor"]
        decisions = pq.read_table(Path(name) / "receipt_decisions.parquet").to_pylist()
    return [
        Claim(
            row["evidence_class"], row["confidence"],
            bool(wanted[row["receipt_id"]]) and found[row["receipt_id"]] == wanted[row["receipt_id"]],
        )
        for row in decisions
        if row["outcome"] == "auto_applied"
    ]  # fmt: skip


def choose(claims: Iterable[Claim]) -> list[dict[str, object]]:
    """Return the rows of the seed: per class the lowest threshold that keeps the share wrong within what is allowed."""
    classes: dict[str, list[Claim]] = defaultdict(list)
    for claim in claims:
        classes[claim.basis].append(claim)
    rows = []
    for basis, own in sorted(classes.items()):
        is_stranger = "/unnamed/" in basis and ("/unknown/" in basis or "/contradicted/" in basis)
        chosen = None if basis.startswith(NEVER) or is_stranger else pick(own)
        if chosen is None:
            continue
        kept = [claim for claim in own if claim.confidence >= chosen]
        wrong = sum(not claim.is_right for claim in kept)
        rule, reference, payer, difference = basis.split("/")
        rows.append(
            {
                "rule": rule, "reference": reference, "payer": payer, "difference": difference,
                "minimum_confidence": chosen, "applied_count": len(kept), "wrong_count": wrong,
                "wrong_bound": round(upper_bound(wrong, len(kept)), 6),
            }
        )  # fmt: skip
    return rows


def pick(claims: Sequence[Claim]) -> float | None:
    """Return the threshold at which the right ones outweigh the wrong ones most, or None when nothing is gained."""
    best, chosen = 0.0, None
    for step in STEPS:
        kept = [claim for claim in claims if claim.confidence >= step]
        if len(kept) < FEWEST:
            break
        below = [claim for claim in kept if claim.confidence < USUAL]
        if step < USUAL and (len(below) < FEWEST_BELOW or not all(claim.is_right for claim in below)):
            continue
        wrong = sum(not claim.is_right for claim in kept)
        gain = len(kept) - wrong - COST_OF_WRONG * wrong
        if gain > best:
            best, chosen = gain, step
    return chosen


def main() -> None:
    """Choose thresholds from the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("books", type=Path, nargs="+")
    parser.add_argument("--output", type=Path, required=True)
    parser.add_argument("--workers", type=int, default=2)
    given = parser.parse_args()
    claims = [claim for book in given.books for claim in claims_of(book, given.workers)]
    rows = choose(claims)
    with given.output.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, fieldnames=list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    applied = sum(int(str(row["applied_count"])) for row in rows)
    wrong = sum(int(str(row["wrong_count"])) for row in rows)
    print(
        f"{len(rows)} classes, {applied} applied of {len(claims)}, {wrong} wrong, "
        f"at most {upper_bound(wrong, applied):.5%}"
    )


if __name__ == "__main__":
    main()
