"""The generator's promises: the same seed the same files, a truth that adds up, the shares it says, sane labels."""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from tests.benchmarks.cash_application import numbers, tables
from tests.benchmarks.cash_application.generator import generate
from tests.benchmarks.cash_application.labels import _count
from tests.benchmarks.cash_application.world import NOISE

SIZE = 1_200


@pytest.fixture(scope="module")
def batch(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("batch")
    generate(folder, 5, SIZE, "mixed", history_days=90, entities=2)
    return folder


def _rows(folder: Path, name: str) -> list[dict[str, Any]]:
    return pq.read_table(folder / f"{name}.parquet").to_pylist()


def _truth(folder: Path) -> dict[str, dict[str, Any]]:
    return {row["receipt_id"]: row for row in _rows(folder, "truth_receipts")}


def test_a_seed_gives_the_same_files_and_another_seed_others(tmp_path: Path) -> None:
    for name, seed in (("one", 3), ("again", 3), ("other", 4)):
        generate(tmp_path / name, seed, 150, "sepa", stress=True, history_days=90)
    names = sorted(path.name for path in (tmp_path / "one").iterdir())
    assert {"receipts.parquet", "history.parquet", "truth_receipts.parquet"} <= set(names)
    for name in names:
        one, again, other = ((tmp_path / folder / name).read_bytes() for folder in ("one", "again", "other"))
        assert one == again
        assert one != other


@pytest.mark.parametrize("family", ["us", "sepa", "brazil"])
def test_each_family_pays_in_its_own_currency(tmp_path: Path, family: str) -> None:
    generate(tmp_path, 2, 120, family)
    currencies = {row["currency_code"] for row in _rows(tmp_path, "receipts")}
    assert currencies <= {"us": {"USD"}, "sepa": {"EUR", "CHF", "GBP"}, "brazil": {"BRL"}}[family]
    assert not (tmp_path / "history.parquet").exists()


def test_files_have_the_columns_and_types_of_the_contract(batch: Path) -> None:
    for name, schema in (
        ("receipts", tables.RECEIPTS), ("remittance_lines", tables.REMITTANCE_LINES), ("documents", tables.DOCUMENTS),
        ("customers", tables.CUSTOMERS), ("payer_accounts", tables.PAYER_ACCOUNTS), ("history", tables.HISTORY),
    ):  # fmt: skip
        found = pq.read_schema(batch / f"{name}.parquet")
        for column in schema:
            assert found.field(column.name).type == column.type
    assert pq.read_schema(batch / "receipts.parquet").field("legal_entity_id").type == tables.TEXT


def test_every_cent_of_a_receipt_is_applied_or_left(batch: Path) -> None:
    applied: dict[str, int] = defaultdict(int)
    for row in _rows(batch, "truth_applications"):
        applied[row["receipt_id"]] += row["applied_minor"]
    for row in _truth(batch).values():
        assert applied[row["receipt_id"]] + row["unapplied_minor"] == row["amount_minor"] > 0
        assert row["unapplied_minor"] >= 0


def test_in_value_date_order_no_document_gets_more_than_is_open(batch: Path) -> None:
    documents = {row["document_id"]: row for row in _rows(batch, "documents")}
    receipts = {row["receipt_id"]: row for row in _rows(batch, "receipts")}
    left = {key: row["open_amount_minor"] for key, row in documents.items()}
    for row in sorted(_rows(batch, "truth_applications"), key=lambda row: row["receipt_id"]):
        document, receipt = documents[row["document_id"]], receipts[row["receipt_id"]]
        assert document["issue_date"] < receipt["value_date"]
        assert document["currency_code"] == receipt["currency_code"]
        assert document["legal_entity_id"] == receipt["legal_entity_id"]
        closes = row["difference_kind"] not in {"deduction", "short_payment", "instalment"}
        left[row["document_id"]] -= row["applied_minor"] + (row["difference_minor"] if closes else 0)
    for key, balance in left.items():
        assert balance == 0 or (balance > 0) == (documents[key]["amount_minor"] > 0)
    days: dict[str, date] = {key: row["value_date"] for key, row in receipts.items()}
    assert [days[key] for key in sorted(days)] == sorted(days.values())


def test_the_mix_has_the_shares_it_says(batch: Path) -> None:
    counts: dict[str, int] = defaultdict(int)
    for row in _truth(batch).values():
        counts[row["scenario"]] += 1
    for scenario, percent in NOISE["mix_percent"].items():
        # What finds no customer with enough open items becomes a single payment, so batches may fall a little short.
        assert abs(100 * counts[scenario] / SIZE - percent) < max(1.0, percent * 0.25), scenario


def test_documents_closed_before_the_batch_are_there_and_history_is_about_them(batch: Path) -> None:
    documents = {row["document_id"]: row for row in _rows(batch, "documents")}
    first = min(row["value_date"] for row in _rows(batch, "receipts"))
    remembered = _rows(batch, "history")
    assert len(remembered) > SIZE // 2
    assert {row["verdict"] for row in remembered} == {"confirmed", "rejected", "undone"}
    for row in remembered:
        assert row["value_date"] < first
        assert documents[row["document_id"]]["document_number"] == row["document_number"]
    for row in documents.values():
        assert (row["closed_date"] is not None) == (row["open_amount_minor"] == 0)


def test_labels_are_sane(batch: Path) -> None:
    truth = _truth(batch)
    scenarios: dict[str, list[bool]] = defaultdict(list)
    for row in truth.values():
        assert not (row["is_decidable"] and row["must_not_apply"])
        assert row["document_count"] if row["is_decidable"] else True
        assert not (row["must_not_apply"] and row["document_count"])
        scenarios[row["scenario"]].append(row["is_decidable"])
    for scenario in ("duplicate", "prepayment", "unidentified"):
        assert not any(scenarios[scenario])
    for scenario, least in (("exact", 0.9), ("altered", 0.85), ("batch_listed", 0.9), ("batch_none", 0.25)):
        assert sum(scenarios[scenario]) / len(scenarios[scenario]) > least, scenario
    assert 0.80 < sum(row["is_decidable"] for row in truth.values()) / SIZE < 0.95


def test_equal_amounts_of_one_customer_without_a_number_are_nobodys_to_tell_apart(batch: Path) -> None:
    truth = _truth(batch)
    documents = {row["document_id"]: row for row in _rows(batch, "documents")}
    same: dict[tuple[str, int, str], int] = defaultdict(int)
    for row in documents.values():
        same[_twins(row)] += 1
    receipts = {row["receipt_id"]: row for row in _rows(batch, "receipts")}
    paid: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in _rows(batch, "truth_applications"):
        paid[row["receipt_id"]].append(documents[row["document_id"]])
    seen = 0
    for receipt_id in sorted(paid):
        receipt, document = receipts[receipt_id], paid[receipt_id][0]
        key = _twins(document)
        if truth[receipt_id]["scenario"] == "no_reference" and same[key] > 1:
            issued = [
                row for row in documents.values() if _twins(row) == key and row["issue_date"] <= receipt["value_date"]
            ]  # fmt: skip
            if len(issued) > 1:
                assert not truth[receipt_id]["is_decidable"]
                seen += 1
        for document in paid[receipt_id]:
            same[_twins(document)] = 0
    assert seen


def _twins(document: dict[str, Any]) -> tuple[str, int, str]:
    return document["customer_id"], document["open_amount_minor"], document["legal_entity_id"]


def test_without_labels_the_same_inputs_are_written(tmp_path: Path) -> None:
    generate(tmp_path / "labelled", 8, 100, "us")
    generate(tmp_path / "plain", 8, 100, "us", labelled=False)
    for name in ("receipts", "documents", "truth_applications"):
        assert (tmp_path / "labelled" / f"{name}.parquet").read_bytes() == (
            tmp_path / "plain" / f"{name}.parquet"
        ).read_bytes()
    assert "is_decidable" not in pq.read_schema(tmp_path / "plain" / "truth_receipts.parquet").names


def test_sets_that_sum_are_counted_all() -> None:
    assert _count([1, 2, 3, 4], 5) == 2
    assert _count([10, -3, 7], 7) == 2
    assert _count([5, 5, 5], 10) == 3
    assert _count([], 10) == 0


def test_check_digits_are_those_of_the_standards() -> None:
    assert numbers.creditor_reference("539007547034") == "RF18 5390 0754 7034"
    assert numbers.creditor_reference("539007547034", valid=False)[:4] != "RF18"
    assert numbers.mod97_check("370400440532013000DE") == "89"
