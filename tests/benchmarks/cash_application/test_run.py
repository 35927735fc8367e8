"""How books are compared: seeds apart, no truth shown, peers that keep the contract, one table and one chart."""

from __future__ import annotations

import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest

from tests.benchmarks.cash_application.generator import generate
from tests.benchmarks.cash_application.published import (
    LABELS,
    Run,
    book_table_of,
    calibration_table_of,
    chart_of,
    rule_table_of,
    scenario_table_of,
    table_of,
)
from tests.benchmarks.cash_application.run import MATCHERS, TUNING_SEEDS, digest_of, only_inputs, seeds_of
from tests.benchmarks.cash_application.scorer import as_json, score


def test_seeds_to_score_on_are_none_of_those_to_tune_on() -> None:
    drawn = seeds_of(5, draw=12)
    assert drawn == seeds_of(5, draw=12) != seeds_of(5, draw=13)
    assert not set(drawn) & set(TUNING_SEEDS)
    assert seeds_of(2, draw=None) == list(TUNING_SEEDS[:2])


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("book") / "inputs"
    generate(folder, 4, 250, "us", entities=2)
    return folder


def test_a_matcher_is_shown_no_truth(book: Path) -> None:
    shown = {path.name for path in only_inputs(book).iterdir()}
    assert "receipts.parquet" in shown
    assert not any(name.startswith("truth") for name in shown)


@pytest.mark.parametrize("rule", ["erpnext_rule", "odoo_oca_rule"])
def test_a_published_rule_keeps_the_contract(
    book: Path, tmp_path: Path, rule: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    module = pytest.importorskip(f"tests.benchmarks.cash_application.peers.{rule}")
    monkeypatch.setattr(sys, "argv", [rule, "--input", str(book), "--output", str(tmp_path)])
    module.main()
    found = score(book, tmp_path)
    assert found.faults == []
    assert 0.1 < found.auto.rate < found.exact.rate < 0.9
    assert digest_of(tmp_path) == digest_of(tmp_path)
    run = Run("standard", "us", 0, 250, "odoo_oca", 1.0, 100, as_json(found))
    table = table_of([run]).splitlines()
    assert LABELS["odoo_oca"] in table[2]
    assert len({line.count("|") for line in table}) == 1
    assert "| standard | exact |" in scenario_table_of([run], "odoo_oca")
    books = book_table_of([run], "odoo_oca").splitlines()
    assert books[2].endswith(f"| {found.calibration_error:.4f} | 1 | 100 MiB |")
    groups = calibration_table_of([run, run], "odoo_oca").splitlines()
    assert len(groups) == 12
    proposals = sum(int(line.split("|")[3].replace(",", "")) for line in groups[2:])
    rules = rule_table_of([run, run], "odoo_oca").splitlines()
    assert sum(int(line.split("|")[3].replace(",", "")) for line in rules[2:]) == proposals > 0
    assert len({line.count("|") for line in books} | {line.count("|") + 7 for line in groups}) == 1
    ElementTree.fromstring(chart_of([run], "standard"))  # noqa: S314 - written by the line itself


def test_every_matcher_has_a_label() -> None:
    assert MATCHERS.keys() == LABELS.keys()
