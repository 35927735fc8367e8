"""The scorer on books small enough to score by hand."""

from __future__ import annotations

from datetime import date
from math import comb
from pathlib import Path
from typing import Any

import pytest

from tests.benchmarks.cash_application import tables
from tests.benchmarks.cash_application.scorer import Score, Share, at_most, class_of, score, upper_bound

DAY = date(2025, 3, 10)


@pytest.fixture
def inputs(tmp_path: Path) -> Path:
    folder = tmp_path / "inputs"
    folder.mkdir()
    receipts = [("R1", 100), ("R2", 250), ("R3", 95), ("R4", 70), ("R5", 40)]
    documents = [("D1", 100), ("D2", 150), ("D3", 100), ("D4", 100), ("D5", 70)]
    truth = [("R1", "exact", True, False), ("R2", "batch_none", True, False), ("R3", "bank_fee", True, False),
             ("R4", "no_reference", False, False), ("R5", "duplicate", False, True)]  # fmt: skip
    applied = [("R1", "D1", 100, 0, None), ("R2", "D2", 150, 0, None), ("R2", "D3", 100, 0, None),
               ("R3", "D4", 95, 5, "bank_fee"), ("R4", "D5", 70, 0, None)]  # fmt: skip
    _write(folder, "receipts", tables.RECEIPTS, [
        {"receipt_id": name, "value_date": DAY, "amount_minor": amount, "currency_code": "EUR", "payer_name": "A",
         "remittance_text": ""} for name, amount in receipts])  # fmt: skip
    _write(folder, "documents", tables.DOCUMENTS, [
        {"document_id": name, "document_number": name, "document_type": "invoice", "customer_id": "C1",
         "issue_date": date(2025, 2, 1), "due_date": DAY, "amount_minor": amount, "open_amount_minor": amount,
         "currency_code": "EUR"} for name, amount in documents])  # fmt: skip
    labelled = tables.TRUTH_RECEIPTS
    for name, kind in tables.LABELS:
        labelled = labelled.append(tables.pa.field(name, kind))
    _write(folder, "truth_receipts", labelled, [
        {"receipt_id": name, "scenario": scenario, "is_decidable": decidable, "must_not_apply": must_not}
        for name, scenario, decidable, must_not in truth])  # fmt: skip
    _write(folder, "truth_applications", tables.TRUTH_APPLICATIONS, [
        dict(zip(tables.TRUTH_APPLICATIONS.names, row, strict=True)) for row in applied])  # fmt: skip
    return folder


def _write(folder: Path, name: str, schema: Any, rows: list[dict[str, Any]]) -> None:
    tables.write_table(folder / f"{name}.parquet", schema, rows)


def scored(inputs: Path, decisions: list[tuple[Any, ...]], applications: list[tuple[Any, ...]]) -> Score:
    """Score decisions (receipt, outcome, confidence, unapplied) with applications (a row of the table each)."""
    folder = inputs.parent / "result"
    folder.mkdir(exist_ok=True)
    _write(
        folder,
        "receipt_decisions",
        tables.RECEIPT_DECISIONS,
        [
            {
                "receipt_id": name,
                "outcome": outcome,
                "confidence": confidence,
                "rule": "r",
                "solution_count": 1,
                "unapplied_minor": unapplied,
            }
            for name, outcome, confidence, unapplied in decisions
        ],
    )
    _write(
        folder,
        "applications",
        tables.APPLICATIONS,
        [dict(zip(tables.APPLICATIONS.names, row, strict=True)) for row in applications],
    )
    _write(folder, "evidence", tables.EVIDENCE, [])
    return score(inputs, folder)


RIGHT = [("R1", 1, "D1", 100, 0, None), ("R2", 1, "D2", 150, 0, None), ("R2", 1, "D3", 100, 0, None),
         ("R3", 1, "D4", 95, 5, "bank_fee"), ("R4", 1, "D5", 70, 0, None)]  # fmt: skip
LEFT = [("R4", "proposed", 0.5, 70), ("R5", "unidentified", None, 40)]


def test_a_perfect_result_scores_full_marks(inputs: Path) -> None:
    found = scored(inputs, [(name, "auto_applied", 1.0, 0) for name in ("R1", "R2", "R3")] + LEFT, RIGHT)
    assert found.faults == []
    assert found.receipts == Share(3, 5)
    assert found.auto == found.exact == found.exact_with_class == Share(3, 3)
    assert found.exact_value == Share(445, 445)
    assert found.batches_without_reference == Share(1, 1)
    assert found.must_not_apply == Share(1, 1)
    assert found.wrong_of_auto == Share(0, 3)
    assert found.wrong_bound == pytest.approx(1 - 0.05 ** (1 / 3))


def test_a_wrong_cent_is_a_wrong_application(inputs: Path) -> None:
    wrong = [*RIGHT[:3], ("R3", 1, "D4", 94, 6, "bank_fee"), RIGHT[4]]
    found = scored(
        inputs,
        [("R1", "auto_applied", 1.0, 0), ("R2", "proposed", 0.9, 0), ("R3", "auto_applied", 1.0, 1), *LEFT],
        wrong,
    )
    assert found.is_valid
    assert found.wrong_of_auto == Share(1, 2)
    assert found.wrong_receipts == ["R3"]
    assert found.auto == Share(1, 3)
    assert found.exact == Share(2, 3)
    assert found.exact_value == Share(350, 445)


def test_applying_what_must_not_be_applied_counts_as_wrong(inputs: Path) -> None:
    found = scored(
        inputs, [(name, "auto_applied", 1.0, 0) for name in ("R1", "R2", "R3", "R5")] + LEFT[:1],
        [row for row in RIGHT if row[0] != "R4"] + [("R4", 2, "D5", 70, 0, None), ("R5", 1, "D5", 40, 0, None)],
    )  # fmt: skip
    assert found.must_not_apply == Share(0, 1)
    assert found.wrong_of_auto == Share(1, 4)


def test_the_right_set_with_another_class_is_exact_but_not_with_class(inputs: Path) -> None:
    other = [*RIGHT[:3], ("R3", 1, "D4", 95, 5, "deduction"), RIGHT[4]]
    found = scored(inputs, [(name, "auto_applied", 1.0, 0) for name in ("R1", "R2", "R3")] + LEFT, other)
    assert (found.exact, found.exact_with_class) == (Share(3, 3), Share(2, 3))


@pytest.mark.parametrize(
    ("decisions", "applications", "fault"),
    [
        ([("R1", "auto_applied", 1.0, 0)], [], "has no decision"),
        ([("R1", "auto_applied", 1.0, 5), *LEFT], [("R1", 1, "D1", 100, 0, None)], "applied 100, unapplied 5"),
        ([("R1", "auto_applied", 1.0, 0)], [("R1", 1, "D9", 100, 0, None)], "unknown document"),
        ([("R2", "auto_applied", 1.0, 0)], [("R2", 1, "D2", 250, 0, None)], "has 150 open"),
        ([("R1", "posted", 1.0, 100)], [], "outcome `posted`"),
        ([("R1", "auto_applied", 1.0, 0), ("R3", "auto_applied", 1.0, 0)],
         [("R1", 1, "D1", 100, 0, None), ("R3", 1, "D1", 95, 0, None)], "has 0 open"),
    ],
    ids=["undecided", "cent invented", "unknown document", "over-applied", "unknown outcome", "paid twice"],
)  # fmt: skip
def test_a_breach_of_the_contract_is_noted(
    inputs: Path, decisions: list[tuple[Any, ...]], applications: list[tuple[Any, ...]], fault: str
) -> None:
    found = scored(inputs, decisions, applications)
    assert any(fault in noted for noted in found.faults), found.faults


def test_a_missing_column_is_noted(inputs: Path) -> None:
    scored(inputs, LEFT, [])
    path = inputs.parent / "result" / "applications.parquet"
    tables.pq.write_table(tables.pq.read_table(path).drop_columns(["difference_kind"]), path)
    assert "applications: column `difference_kind` is missing" in score(inputs, inputs.parent / "result").faults


def test_calibration_of_claims_half_of_which_hold(inputs: Path) -> None:
    found = scored(
        inputs, [("R1", "proposed", 0.75, 0), ("R2", "proposed", 0.75, 0), ("R3", "on_account", None, 95), *LEFT],
        [RIGHT[0], ("R2", 1, "D2", 150, 0, None), ("R2", 1, "D5", 100, 0, None)],
    )  # fmt: skip
    assert found.calibration_error == pytest.approx((0.25 + 0.75) / 2)
    assert found.risk_coverage_area == pytest.approx((0 + 1 / 2) / 2)


@pytest.mark.parametrize(
    ("wrong", "enough"), [(0, 2995), (1, 4742), (2, 6294), (5, 10511)], ids=["none", "one", "two", "five"]
)
def test_a_thousandth_is_certified_by_so_many_and_no_fewer(wrong: int, enough: int) -> None:
    assert upper_bound(wrong, enough) <= 0.001 < upper_bound(wrong, enough - 1)


@pytest.mark.parametrize("wrong", [0, 1, 3, 7], ids=str)
def test_the_tail_equals_the_sum_of_whole_numbers(wrong: int) -> None:
    exact = sum(comb(20, k) * 3**k * 7 ** (20 - k) for k in range(wrong + 1)) / 10**20
    assert at_most(wrong, 20, 0.3) == pytest.approx(exact, rel=1e-12)


def test_synonyms_of_a_difference_are_one_class() -> None:
    assert class_of("unearned_discount") == class_of("cash_discount_earned") == "discount"
    assert class_of("instalment") == class_of("short_payment") == class_of("deduction")
    assert class_of(None) == ""
