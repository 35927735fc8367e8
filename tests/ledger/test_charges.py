"""Billing keys are readable both ways, and every day belongs to exactly one billing period."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from assets.ledger.charges import (
    NotABillingKeyError,
    add_months,
    contract_billing_key,
    goods_billing_key,
    month_end,
    period_end,
    read_billing_key,
)


def test_a_contract_charge_is_read_back_from_its_key() -> None:
    name = read_billing_key(contract_billing_key("CT-1001", 2, "2026-01-01", "retainer"))
    assert (name.contract_id, name.contract_line_number, name.period_start) == ("CT-1001", 2, date(2026, 1, 1))


def test_a_shipment_is_read_back_from_its_key() -> None:
    name = read_billing_key(goods_billing_key("SO-10001", "SHP-1"))
    assert (name.charge_kind, name.order_number, name.shipment_number) == ("goods", "SO-10001", "SHP-1")


@pytest.mark.parametrize(
    "text",
    ["", "contract|CT-1|x|2026-01-01|retainer", "contract|CT-1|1|2026-13-01|usage", "order|SO-1|goods"],
    ids=["nothing", "no line number", "no such month", "no shipment"],
)
def test_what_is_no_billing_key_is_refused_with_the_form_it_should_have(text: str) -> None:
    with pytest.raises(NotABillingKeyError, match="expected"):
        read_billing_key(text)


@pytest.mark.parametrize("frequency", ["monthly", "quarterly"])
def test_every_day_of_six_years_is_in_exactly_one_period(frequency: str) -> None:
    start, last = date(2023, 1, 1), date(2028, 12, 31)
    expected = start
    while expected < last:
        end = period_end(expected, frequency)
        assert end > expected
        expected = end + timedelta(days=1)
    assert expected == date(2029, 1, 1)


def test_months_end_on_their_last_day_also_in_leap_years() -> None:
    assert month_end(date(2028, 2, 3)) == date(2028, 2, 29)
    assert add_months(date(2026, 11, 1), 3) == date(2027, 2, 1)
