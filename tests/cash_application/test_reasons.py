"""Every reason a room may give is on the closed list, in the words of a controller."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from assets.collections.decide import REASONS_IN_ORDER, REMINDED
from tests.cash_application.builders import seed_rows

ROOMS = Path(__file__).parents[2] / "assets"


@pytest.mark.parametrize("room", ["cash_application", "collections"])
def test_every_reason_in_the_code_of_a_room_is_in_the_seed(room: str) -> None:
    known = {row["reason_code"] for row in seed_rows("reason_codes")}
    policy_rows = {row["tolerance_code"] for row in seed_rows("tolerances")}
    policy_rows |= {row["rule_code"] for row in seed_rows("collections_rules")}
    named: set[str] = set()
    for file in (ROOMS / room).glob("*.py"):
        named |= set(re.findall(r'"([A-Z]+(?:_[A-Z]+)+)"', file.read_text(encoding="utf-8")))
    assert named - policy_rows <= known


def test_every_reason_of_the_reminder_plan_is_in_the_seed() -> None:
    known = {row["reason_code"] for row in seed_rows("reason_codes") if row["area"] == "collections"}
    assert {*REASONS_IN_ORDER, REMINDED} <= known
