"""Policy is data with a digest: it names exactly the rows, whatever their order or type of reading."""

from __future__ import annotations

from decimal import Decimal

import pytest

from assets.ledger.policy import Policy, UnknownPolicyError, as_flag
from tests.close.builders import a_policy

ROWS = [{"rule": "a", "threshold": "1.50"}, {"rule": "b", "threshold": "2"}]


def test_row_order_does_not_change_the_digest_and_a_value_does() -> None:
    policy = Policy.from_rows({"rules": ROWS})
    assert Policy.from_rows({"rules": ROWS[::-1]}).digest == policy.digest
    assert Policy.from_rows({"rules": [{**ROWS[0], "threshold": "1.51"}, ROWS[1]]}).digest != policy.digest


def test_a_missing_row_is_named_with_those_there_are() -> None:
    with pytest.raises(UnknownPolicyError, match=r"`c`; it has `a`, `b`"):
        Policy.from_rows({"rules": ROWS}).row("rules", "rule", "c")


@pytest.mark.parametrize(("value", "flag"), [(True, True), ("true", True), ("False", False), (None, False)])
def test_flags_are_read_from_booleans_and_text(value: object, flag: bool) -> None:
    assert as_flag(value) is flag


def test_every_reason_that_has_a_route_is_on_the_closed_list() -> None:
    reasons = {row["reason_code"] for row in a_policy().rows("reason_codes")}
    assert {row["reason_code"] for row in a_policy().rows("routing")} <= reasons


def test_every_reason_a_seed_names_is_on_the_closed_list() -> None:
    reasons = {row["reason_code"] for row in a_policy().rows("reason_codes")}
    for table in ("order_checks", "draft_checks", "credit_rules", "comparison_rules"):
        assert {row["reason_code"] for row in a_policy().rows(table)} <= reasons


def test_tax_rates_are_exact() -> None:
    assert Decimal(a_policy().row("tax_rates", "tax_code", "DE19")["tax_rate"]) == Decimal("0.19")
