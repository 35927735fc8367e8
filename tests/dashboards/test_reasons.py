"""Every reason a person can pick is on the closed list."""

from __future__ import annotations

import csv
from pathlib import Path

from assets.delivery.relay import UNSENDABLE
from dashboards import cash_actions, draft_actions

SEED = Path(__file__).resolve().parents[2] / "dbt_project" / "seeds" / "policy" / "reason_codes.csv"


def test_pickable_reasons_are_policy() -> None:
    with SEED.open(newline="") as file:
        listed = {row["reason_code"] for row in csv.DictReader(file)}
    picked = {*draft_actions.REJECT_REASONS, *draft_actions.HOLD_REASONS, *cash_actions.REJECT_REASONS, UNSENDABLE}
    assert picked <= listed
