"""`openitem replay cash` on a small company: figures per rule, and not a byte of the home changes."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from assets.platform.home import Home
from orchestration.cli import app
from orchestration.state import state_digests
from tests.orchestration.conftest import window_of

SEEDS = Path(__file__).resolve().parents[2] / "dbt_project" / "seeds" / "policy"
pytestmark = pytest.mark.chain


def test_a_policy_is_tried_on_the_past_without_touching_it(copied: Home, tmp_path: Path) -> None:
    window = window_of(copied)
    stricter = tmp_path / "cash_thresholds.csv"
    with (SEEDS / "cash_thresholds.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    with stricter.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, rows[0].keys())
        writer.writeheader()
        writer.writerows(row for row in rows if row["rule"] != "exact_reference")
    before = state_digests(copied)
    days = ["--from", str(window.start_date), "--to", str(window.end_date), "--home", str(copied.path)]
    same = CliRunner().invoke(app, ["replay", "cash", "--policy", str(SEEDS / "tolerances.csv"), *days, "--json"])
    lost = CliRunner().invoke(app, ["replay", "cash", "--policy", str(stricter), *days])
    assert (same.exit_code, lost.exit_code) == (0, 0), same.output + lost.output
    facts = json.loads(same.stdout)
    assert facts["recorded"] == facts["shadow"] > 0
    assert [facts[name] for name in ("gained", "lost", "changed", "wrong")] == [[], [], [], []]
    assert "exact_reference" in lost.stdout
    assert "Nothing was written." in lost.stdout
    assert state_digests(copied) == before


def test_a_file_that_is_no_policy_is_refused_in_words(copied: Home, tmp_path: Path) -> None:
    (tmp_path / "cash_treshold.csv").write_text("rule\n")
    days = ["--from", "2026-01-01", "--to", "2026-01-02", "--home", str(copied.path)]
    refused = CliRunner().invoke(app, ["replay", "cash", "--policy", str(tmp_path / "cash_treshold.csv"), *days])
    assert refused.exit_code != 0
    assert "is no table of policy" in str(refused.exception)
