"""The command `openitem match`: figures on the screen, tables in the folder, another policy, several processes."""

from __future__ import annotations

import csv
from pathlib import Path

import pyarrow.parquet as pq
from typer.testing import CliRunner

from orchestration.cli import app
from tests.close.match_folders import a_folder, change

SEEDS = Path(__file__).resolve().parents[2] / "dbt_project" / "seeds" / "policy"


def nothing_by_itself(folder: Path) -> Path:
    """Write thresholds under which no class of evidence is certain enough."""
    path = folder / "cash_thresholds.csv"
    with (SEEDS / path.name).open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, rows[0].keys())
        writer.writeheader()
        writer.writerows(row | {"minimum_confidence": "1"} for row in rows)
    return path


def decisions(folder: Path) -> list[dict[str, object]]:
    return sorted(pq.read_table(folder / "receipt_decisions.parquet").to_pylist(), key=lambda row: row["receipt_id"])


def test_a_folder_is_matched_under_a_policy_of_ones_own_by_two_processes(tmp_path: Path) -> None:
    source = change(a_folder(tmp_path / "in"), "documents", lambda rows: rows[1].update(customer_id="C9"))
    policy = nothing_by_itself(tmp_path)
    options = ["match", "--input", str(source), "--workers", "2", "--output"]
    shipped = CliRunner().invoke(app, [*options, str(tmp_path / "shipped")])
    alone = CliRunner().invoke(app, [*options[:-2], "1", "--output", str(tmp_path / "alone")])
    strict = CliRunner().invoke(app, [*options, str(tmp_path / "strict"), "--policy", str(policy)])
    assert (shipped.exit_code, alone.exit_code, strict.exit_code) == (0, 0, 0), shipped.output + strict.output
    assert decisions(tmp_path / "shipped") == decisions(tmp_path / "alone")
    assert [row["outcome"] for row in decisions(tmp_path / "strict")] == ["proposed", "proposed"]
    versions = {decisions(tmp_path / name)[0]["policy_version"] for name in ("shipped", "strict")}
    assert len(versions) == 2
    assert "proposed                2  100.00%" in strict.stdout
    assert "Note: 1 rows of `documents.parquet` have a `customer_id` that `customers.parquet`" in strict.stderr


def test_a_refused_folder_fails_in_words(tmp_path: Path) -> None:
    source = change(a_folder(tmp_path / "in"), "history", lambda rows: rows[0].update(verdict="Confirmed"))
    refused = CliRunner().invoke(app, ["match", "--input", str(source), "--output", str(tmp_path / "out")])
    assert refused.exit_code != 0
    assert "Expected: one of confirmed, rejected, undone" in str(refused.exception)
    assert not (tmp_path / "out").exists()
