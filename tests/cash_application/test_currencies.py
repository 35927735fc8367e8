"""Amounts of policy hold in the units of each currency: yen have no decimals, Kuwaiti dinars three."""

from __future__ import annotations

from decimal import Decimal

import pytest

from assets.cash_application.policy import DifferenceRule
from tests.cash_application.builders import a_receipt, an_item, decide, some_payers, the_policy, the_same_for_all

CAP = "VALUE_CAP"
CURRENCIES = [("JPY", 1), ("EUR", 100), ("KWD", 1_000)]


@pytest.mark.parametrize(("currency", "minor"), CURRENCIES, ids=["yen", "euro", "dinar"])
def test_a_billion_yen_passed_the_cap_of_ten_million(currency: str, minor: int) -> None:
    for units, reason in ((10_000_000, None), (10_000_001, CAP), (1_000_000_000, CAP)):
        amount = units * minor
        receipt = a_receipt("MUS-2026-00041", amount, account="ACC1", currency=currency)
        [outcome] = decide([receipt], [an_item(open_minor=amount, currency=currency)])
        assert outcome.reason_code == reason, units


@pytest.mark.parametrize(("currency", "minor"), CURRENCIES, ids=["yen", "euro", "dinar"])
@pytest.mark.parametrize(("missing", "is_fee"), [(50, True), (51, False)], ids=["fifty at most", "more"])
def test_what_counts_as_a_bank_fee_is_measured_in_the_currency(
    currency: str, minor: int, missing: int, is_fee: bool
) -> None:
    whole = 2_003 * minor
    paid = whole - missing * minor
    item = an_item(open_minor=whole, currency=currency)
    receipt = a_receipt("MUS-2026-00041 less bank charges", paid, account="ACC1", currency=currency)
    [outcome] = decide([receipt], [item])
    kinds = {difference.kind for difference in outcome.proposals[0].differences}
    assert (kinds == {"bank_fee"}) is is_fee


@pytest.mark.parametrize(("currency", "tolerance"), [("JPY", 1), ("EUR", 100), ("KWD", 1_000)])
def test_a_trifle_is_one_unit_of_any_currency(currency: str, tolerance: int) -> None:
    known = some_payers(policy=the_same_for_all())
    policy = known.policy.matching.in_minor_units({"JPY": 0, "EUR": 2, "KWD": 3}[currency])
    assert policy.differences.tolerance == tolerance
    assert policy.value_cap == 10_000_000 * tolerance
    assert policy.in_minor_units(2).thresholds == the_same_for_all().matching.thresholds


def test_an_amount_of_policy_finer_than_a_currency_does_not_stop_the_day() -> None:
    rule = DifferenceRule("bank_fee", True, None, Decimal("2.50"), None, True, "BANK_FEE_DEDUCTED")
    assert rule.allows(2, 100, "JPY")
    assert not rule.allows(3, 100, "JPY")
    assert rule.allows(2_500, 100_000, "KWD")
    assert not rule.allows(2_501, 100_000, "KWD")
    assert the_policy().differences
