"""Every reason a room may give is on the closed list, in the words of a controller."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from assets.cash_application.engine import differences, numbers, rules, sheets
from assets.collections.decide import REASONS_IN_ORDER, REMINDED
from tests.cash_application.builders import seed_rows

NOT_A_MATCH = (rules.DUPLICATE, rules.PREPAYMENT, rules.UNLISTED_REST, rules.NOTHING)
KINDS_ELSEWHERE = {
    value
    for room in (differences, numbers)
    for name, value in vars(room).items()
    if name.isupper() and isinstance(value, str)
}
ROOMS = Path(__file__).parents[2] / "assets"


@pytest.mark.parametrize("room", ["cash_application", "collections"])
def test_every_reason_in_the_code_of_a_room_is_in_the_seed(room: str) -> None:
    known = {row["reason_code"] for row in seed_rows("reason_codes")}
    policy_rows = {row["tolerance_code"] for row in seed_rows("tolerances")}
    policy_rows |= {row["rule_code"] for row in seed_rows("collections_rules")}
    named: set[str] = set()
    for file in (ROOMS / room).rglob("*.py"):
        named |= set(re.findall(r'"([A-Z]+(?:_[A-Z]+)+)"', file.read_text(encoding="utf-8")))
    assert named - policy_rows <= known


def test_every_reason_of_the_reminder_plan_is_in_the_seed() -> None:
    known = {row["reason_code"] for row in seed_rows("reason_codes") if row["area"] == "collections"}
    assert {*REASONS_IN_ORDER, REMINDED} <= known


def test_every_way_to_apply_cash_is_described_in_policy() -> None:
    described = {row["rule"] for row in seed_rows("cash_rules")}
    assert {row["rule"] for row in seed_rows("cash_thresholds")} <= described
    named = {value for name, value in vars(rules).items() if name.isupper() and isinstance(value, str)}
    named |= {value for name, value in vars(sheets).items() if name.isupper() and isinstance(value, str)}
    assert named - {*NOT_A_MATCH, *KINDS_ELSEWHERE} == described


def test_every_kind_of_difference_has_its_policy() -> None:
    kinds = {value for name, value in vars(differences).items() if name.isupper() and isinstance(value, str)}
    assert {row["kind"] for row in seed_rows("cash_differences")} == kinds
