"""Whatever the door says, its reason is on the closed list that people read."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from assets.extract.bank_statements import BankReason, EntryReason
from assets.extract.reading import UNREAD_FIELDS, FileReason, RowReason

SEED = Path(__file__).resolve().parents[2] / "dbt_project" / "seeds" / "policy" / "reason_codes.csv"
REASONS = sorted({UNREAD_FIELDS, *FileReason, *RowReason, *BankReason, *EntryReason})


@pytest.mark.parametrize("reason_code", REASONS, ids=[str(reason) for reason in REASONS])
def test_a_reason_is_on_the_closed_list(reason_code: str) -> None:
    with SEED.open(encoding="utf-8", newline="") as opened:
        described = {row["reason_code"]: row["description"] for row in csv.DictReader(opened)}
    assert described[reason_code]
