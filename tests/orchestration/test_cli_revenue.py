"""`openitem revenue export`: a month's journal as a file that balances, or a word about the months there are."""

from __future__ import annotations

import csv
import json
from decimal import Decimal
from pathlib import Path

import pytest

from orchestration import cli
from tests.dashboards.published import publish
from tests.dashboards.published_revenue import revenue_tables


@pytest.fixture
def home(tmp_path: Path) -> Path:
    publish(tmp_path / "home", revenue_tables(["Northwind", "=HYPERLINK(1)"]))
    return tmp_path / "home"


def _run(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    monkeypatch.setattr("sys.argv", ["openitem", "revenue", "export", *arguments])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    return int(ended.value.code or 0)


def test_a_month_is_written_and_its_debits_equal_its_credits(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "out" / "journal.csv"
    assert _run(monkeypatch, "--period", "2026-06", "--output", str(file), "--home", str(home), "--json") == 0
    facts = json.loads(capsys.readouterr().out)
    with file.open(newline="", encoding="utf-8") as written:
        rows = list(csv.DictReader(written))
    assert (facts["entries"], facts["lines"], facts["is_closed"]) == (6, len(rows), False)
    by_entry: dict[str, Decimal] = {}
    for row in rows:
        moved = Decimal(row["debit_amount"]) - Decimal(row["credit_amount"])
        by_entry[row["entry_key"]] = by_entry.get(row["entry_key"], Decimal(0)) + moved
    assert set(by_entry.values()) == {Decimal(0)}
    assert "'=HYPERLINK(1)" in {row["customer_name"] for row in rows}


def test_a_month_without_entries_says_which_there_are(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "journal.csv"
    assert _run(monkeypatch, "--period", "2025-11", "--output", str(file), "--home", str(home)) == 1
    assert "nothing is posted to 2025-11" in (said := capsys.readouterr().err)
    assert "There is 2026-06" in said
    assert not file.exists()


def test_a_home_without_a_run_is_told_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert _run(monkeypatch, "--period", "2025-11", "--output", str(tmp_path / "x.csv"), "--home", str(tmp_path)) == 1
    assert "nothing is published" in capsys.readouterr().err
