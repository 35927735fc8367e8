"""The scripted reviewer approves by a list; a list that cannot be read names every fault."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from assets.close.reviewer import read_reviewer
from assets.ledger.errors import BadInputError


def test_approvals_come_in_order_of_position(tmp_path: Path) -> None:
    path = tmp_path / "approvals.jsonl"
    path.write_text(
        '{"business_date": "2026-01-02", "billing_key": "b", "position": 2}\n\n'
        '{"business_date": "2026-01-02", "billing_key": "a", "position": 1}\n'
    )
    reviewer = read_reviewer(path)
    assert reviewer is not None
    assert list(reviewer.approved_on(date(2026, 1, 2))) == ["a", "b"]
    assert list(reviewer.approved_on(date(2026, 1, 3))) == []


def test_a_home_without_a_list_has_no_reviewer(tmp_path: Path) -> None:
    assert read_reviewer(tmp_path / "approvals.jsonl") is None


def test_every_faulty_line_is_named(tmp_path: Path) -> None:
    path = tmp_path / "approvals.jsonl"
    path.write_text('{"business_date": "2026-02-30", "billing_key": "b", "position": 2}\nnonsense\n')
    with pytest.raises(BadInputError, match=r"line 1: .*line 2: "):
        read_reviewer(path)
