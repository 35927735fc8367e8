"""Scores a result folder of `openitem match` against the truth, after checking that it keeps the contract.

python -m tests.benchmarks.cash_application.scorer INPUTS RESULT
"""

from __future__ import annotations

import argparse
import json
import math
from collections import defaultdict
from dataclasses import asdict, dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from tests.benchmarks.cash_application.tables import APPLICATIONS, EVIDENCE, RECEIPT_DECISIONS

OUTCOMES = {"auto_applied", "proposed", "on_account", "unidentified"}
RESULT_TABLES = {"receipt_decisions": RECEIPT_DECISIONS, "applications": APPLICATIONS, "evidence": EVIDENCE}
MOST_FAULTS = 20
BINS = 10


@dataclass(frozen=True, slots=True)
class Share:
    """So many of so many."""

    count: int
    of: int

    @property
    def rate(self) -> float:
        """Return the share, 0 of nothing."""
        return self.count / self.of if self.of else 0.0


@dataclass(slots=True)
class Score:
    """Everything measured on one result. Shares are of decidable receipts unless the name says otherwise."""

    faults: list[str] = field(default_factory=list)
    fault_count: int = 0
    receipts: Share = Share(0, 0)
    auto: Share = Share(0, 0)
    auto_of_all: Share = Share(0, 0)
    auto_value: Share = Share(0, 0)
    wrong_of_auto: Share = Share(0, 0)
    wrong_bound: float = 1.0
    exact: Share = Share(0, 0)
    exact_with_class: Share = Share(0, 0)
    exact_in_three: Share = Share(0, 0)
    exact_value: Share = Share(0, 0)
    batches_without_reference: Share = Share(0, 0)
    must_not_apply: Share = Share(0, 0)
    calibration_error: float | None = None
    calibration: list[dict[str, float]] = field(default_factory=list)  # of each group, the surest first
    calibration_by_rule: dict[str, dict[str, float]] = field(default_factory=dict)
    risk_coverage_area: float | None = None
    scenarios: dict[str, dict[str, int]] = field(default_factory=dict)
    wrong_receipts: list[str] = field(default_factory=list)

    @property
    def is_valid(self) -> bool:
        """Return whether the result kept the contract."""
        return self.fault_count == 0


def upper_bound(wrong: int, tried: int, confidence: float = 0.95) -> float:
    """Return the one-sided Clopper-Pearson upper bound: the rate at which so few wrong ones are just improbable."""
    if tried == 0 or wrong >= tried:
        return 1.0
    low, high = wrong / tried, 1.0
    while high - low > 1e-12:
        middle = (low + high) / 2
        if at_most(wrong, tried, middle) > 1 - confidence:
            low = middle
        else:
            high = middle
    return high


def at_most(count: int, tried: int, rate: float) -> float:
    """Return the probability of at most so many successes of a binomial."""
    if rate <= 0:
        return 1.0
    if rate >= 1:
        return float(count >= tried)
    whole = math.lgamma(tried + 1)
    log_rate, log_rest = math.log(rate), math.log1p(-rate)
    return math.fsum(
        math.exp(whole - math.lgamma(k + 1) - math.lgamma(tried - k + 1) + k * log_rate + (tried - k) * log_rest)
        for k in range(count + 1)
    )


def class_of(kind: str | None) -> str:
    """Return the class of a difference kind, so that near synonyms of two programs count as one."""
    word = (kind or "").lower()
    for part, name in (
        ("discount", "discount"),
        ("skonto", "discount"),
        ("fee", "fee"),
        ("withh", "withholding"),
        ("wht", "withholding"),
        ("fx", "fx"),
        ("exchange", "fx"),
        ("toler", "tolerance"),
        ("write", "tolerance"),
        ("deduc", "short"),
        ("short", "short"),
        ("partial", "short"),
        ("instal", "short"),
        ("part_", "short"),
    ):
        if part in word:
            return name
    return ""


class _Inputs:
    def __init__(self, folder: Path) -> None:
        self.receipts = {row["receipt_id"]: row for row in pq.read_table(folder / "receipts.parquet").to_pylist()}
        self.documents = {row["document_id"]: row for row in pq.read_table(folder / "documents.parquet").to_pylist()}
        self.truth = {row["receipt_id"]: row for row in pq.read_table(folder / "truth_receipts.parquet").to_pylist()}
        self.applied: dict[str, dict[str, int]] = defaultdict(dict)
        self.kinds: dict[str, dict[str, str]] = defaultdict(dict)
        for row in pq.read_table(folder / "truth_applications.parquet").to_pylist():
            self.applied[row["receipt_id"]][row["document_id"]] = row["applied_minor"]
            self.kinds[row["receipt_id"]][row["document_id"]] = class_of(row["difference_kind"])


class _Result:
    def __init__(self, folder: Path, note: Any) -> None:
        tables = {}
        for name, schema in RESULT_TABLES.items():
            path = folder / f"{name}.parquet"
            if not path.exists():
                note(f"{name}: the file is missing")
                tables[name] = schema.empty_table()
                continue
            table = pq.read_table(path)
            for column in schema:
                if column.name not in table.column_names:
                    note(f"{name}: column `{column.name}` is missing")
                    table = table.append_column(column, pa.nulls(len(table), column.type))
                elif not _is_like(table.schema.field(column.name).type, column.type):
                    note(f"{name}: column `{column.name}` is {table.schema.field(column.name).type}, not {column.type}")
            tables[name] = table
        self.decisions: dict[str, dict[str, Any]] = {}
        for row in tables["receipt_decisions"].to_pylist():
            if row["receipt_id"] in self.decisions:
                note(f"receipt `{row['receipt_id']}` is decided twice")
            self.decisions[row["receipt_id"]] = row
        self.proposals: dict[str, dict[int, list[dict[str, Any]]]] = defaultdict(lambda: defaultdict(list))
        for row in tables["applications"].to_pylist():
            self.proposals[row["receipt_id"]][row["rank"]].append(row)


def _is_like(found: pa.DataType, wanted: pa.DataType) -> bool:
    if pa.types.is_null(found) or found == wanted:
        return True
    if pa.types.is_integer(wanted):
        return pa.types.is_integer(found)
    if pa.types.is_floating(wanted):
        return pa.types.is_floating(found) or pa.types.is_decimal(found)
    return pa.types.is_string(found) or pa.types.is_large_string(found) or pa.types.is_dictionary(found)


def score(inputs: Path, result: Path) -> Score:
    """Return the score of a result folder; a result that breaks the contract is scored too, its faults listed."""
    given = _Inputs(inputs)
    found = Score()

    def note(fault: str) -> None:
        found.fault_count += 1
        if len(found.faults) < MOST_FAULTS:
            found.faults.append(fault)

    answer = _Result(result, note)
    _check(given, answer, note)
    _count(given, answer, found)
    _calibrate(given, answer, found)
    return found


def _check(given: _Inputs, answer: _Result, note: Any) -> None:
    """Note every breach: receipts undecided, cents lost or invented, documents paid beyond what was open."""
    for receipt_id in sorted(given.receipts.keys() - answer.decisions.keys()):
        note(f"receipt `{receipt_id}` has no decision")
    for receipt_id in sorted((answer.decisions.keys() | answer.proposals.keys()) - given.receipts.keys()):
        note(f"receipt `{receipt_id}` is not among the inputs")
    taken: dict[str, list[tuple[date, str, int]]] = defaultdict(list)
    for receipt_id, decision in answer.decisions.items():
        receipt = given.receipts.get(receipt_id)
        if receipt is None:
            continue
        outcome = decision["outcome"]
        if outcome not in OUTCOMES:
            note(f"receipt `{receipt_id}` has the outcome `{outcome}`")
        best = answer.proposals.get(receipt_id, {}).get(1, [])
        applied = sum(row["applied_minor"] for row in best)
        unapplied = decision["unapplied_minor"]
        # What is only proposed is not applied yet, so all of it may still count as unapplied.
        holds = applied + unapplied == receipt["amount_minor"] or (
            outcome != "auto_applied" and unapplied == receipt["amount_minor"]
        )
        if not holds or unapplied < 0:
            note(f"receipt `{receipt_id}` holds {receipt['amount_minor']}, applied {applied}, unapplied {unapplied}")
        if outcome == "auto_applied" and not best:
            note(f"receipt `{receipt_id}` is applied to nothing")
        for rank, rows in answer.proposals.get(receipt_id, {}).items():
            if len({row["document_id"] for row in rows}) < len(rows):
                note(f"receipt `{receipt_id}` names a document twice in proposal {rank}")
        for row in best if outcome == "auto_applied" else ():
            document = given.documents.get(row["document_id"])
            if document is None:
                note(f"receipt `{receipt_id}` is applied to the unknown document `{row['document_id']}`")
                continue
            if document["currency_code"] != receipt["currency_code"]:
                note(f"receipt `{receipt_id}` is applied to `{row['document_id']}` in another currency")
            if document.get("legal_entity_id") != receipt.get("legal_entity_id"):
                note(f"receipt `{receipt_id}` is applied to `{row['document_id']}` of another legal entity")
            if document["issue_date"] > receipt["value_date"]:
                note(f"receipt `{receipt_id}` is applied to `{row['document_id']}`, issued later")
            taken[row["document_id"]].append((receipt["value_date"], receipt_id, row["applied_minor"]))
    for document_id, parts in taken.items():
        left = given.documents[document_id]["open_amount_minor"]
        for _, receipt_id, applied in sorted(parts):
            if (applied > left if left > 0 else applied < left) or (applied > 0) != (left > 0):
                note(f"document `{document_id}` has {left} open, receipt `{receipt_id}` applies {applied}")
            left -= applied


def _allocation(rows: list[dict[str, Any]]) -> dict[str, int]:
    """Return cash by document; what a document got above its balance as an exchange gain counts as unapplied."""
    return {row["document_id"]: row["applied_minor"] + min(0, row["difference_minor"] or 0)
            if row["applied_minor"] > 0 else row["applied_minor"] for row in rows}  # fmt: skip


def _count(given: _Inputs, answer: _Result, found: Score) -> None:
    tally: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    value = {"decidable": 0, "auto": 0, "exact": 0}
    for receipt_id, truth in given.truth.items():
        decision = answer.decisions.get(receipt_id)
        ranks = answer.proposals.get(receipt_id, {})
        best = _allocation(ranks.get(1, []))
        wanted = given.applied.get(receipt_id, {})
        is_auto = decision is not None and decision["outcome"] == "auto_applied"
        is_exact = bool(wanted) and best == wanted
        kinds = {row["document_id"]: class_of(row["difference_kind"]) for row in ranks.get(1, [])}
        amount = given.receipts[receipt_id]["amount_minor"]
        for line in (tally[truth["scenario"]], tally["all"]):
            line["receipts"] += 1
            line["auto"] += is_auto
            line["wrong"] += is_auto and not is_exact
            line["must_not"] += truth["must_not_apply"]
            line["left_alone"] += truth["must_not_apply"] and not is_auto
            if truth["is_decidable"]:
                line["decidable"] += 1
                line["auto_decidable"] += is_auto and is_exact
                line["exact"] += is_exact
                line["exact_with_class"] += is_exact and kinds == given.kinds.get(receipt_id, {})
                line["exact_in_three"] += any(_allocation(ranks.get(rank, [])) == wanted for rank in (1, 2, 3))
        if is_auto and not is_exact:
            found.wrong_receipts.append(receipt_id)
        if truth["is_decidable"]:
            value["decidable"] += amount
            value["auto"] += amount * (is_auto and is_exact)
            value["exact"] += amount * is_exact
    every, none = tally["all"], tally["batch_none"]
    found.receipts = Share(every["decidable"], every["receipts"])
    found.auto = Share(every["auto_decidable"], every["decidable"])
    found.auto_of_all = Share(every["auto"], every["receipts"])
    found.auto_value = Share(value["auto"], value["decidable"])
    found.wrong_of_auto = Share(every["wrong"], every["auto"])
    found.wrong_bound = upper_bound(every["wrong"], every["auto"])
    found.exact = Share(every["exact"], every["decidable"])
    found.exact_with_class = Share(every["exact_with_class"], every["decidable"])
    found.exact_in_three = Share(every["exact_in_three"], every["decidable"])
    found.exact_value = Share(value["exact"], value["decidable"])
    found.batches_without_reference = Share(none["exact"], none["decidable"])
    found.must_not_apply = Share(every["left_alone"], every["must_not"])
    found.scenarios = {name: dict(line) for name, line in tally.items()}
    found.wrong_receipts.sort()


def _calibrate(given: _Inputs, answer: _Result, found: Score) -> None:
    """Compare what the proposals claim with how often they are right, in ten groups of equal size."""
    claims = []
    for receipt_id, ranks in answer.proposals.items():
        decision = answer.decisions.get(receipt_id)
        if decision is None or decision["confidence"] is None or not ranks.get(1) or receipt_id not in given.truth:
            continue
        wanted = given.applied.get(receipt_id, {})
        is_right = bool(wanted) and _allocation(ranks[1]) == wanted
        claims.append((float(decision["confidence"]), is_right, receipt_id))
        line = found.calibration_by_rule.setdefault(decision["rule"] or "", {"receipts": 0, "claimed": 0, "right": 0})
        for name, value in zip(line, (1, float(decision["confidence"]), is_right), strict=True):
            line[name] += value
    if not claims:
        return
    claims.sort(key=lambda claim: (-claim[0], claim[2]))
    error = 0.0
    for group in range(BINS):
        part = claims[group * len(claims) // BINS : (group + 1) * len(claims) // BINS]
        error += abs(math.fsum(confidence - is_right for confidence, is_right, _ in part))
        if part:
            claimed = math.fsum(confidence for confidence, _, _ in part)
            right = sum(is_right for _, is_right, _ in part)
            found.calibration.append({"receipts": len(part), "claimed": claimed, "right": right})
    found.calibration_error = error / len(claims)
    wrong, risks = 0, []
    for place, (_, is_right, _) in enumerate(claims, start=1):
        wrong += not is_right
        risks.append(wrong / place)
    found.risk_coverage_area = math.fsum(risks) / len(risks)


def as_json(found: Score) -> dict[str, Any]:
    """Return a score as plain values, shares with their rate."""
    plain = asdict(found)
    for name, part in plain.items():
        if isinstance(part, dict) and part.keys() == {"count", "of"}:
            plain[name] = {**part, "rate": round(part["count"] / part["of"], 6) if part["of"] else None}
    return plain


def main() -> None:
    """Print the score of a result folder as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("inputs", type=Path)
    parser.add_argument("result", type=Path)
    given = parser.parse_args()
    print(json.dumps(as_json(score(given.inputs, given.result)), indent=2))


if __name__ == "__main__":
    main()
