"""Metered usage: tiers, blocks when a threshold is crossed, minimums and the year's true-up."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from assets.invoicing.pricing import usage_lines
from assets.ledger.contracts import ContractLine, Tier
from assets.ledger.day import Fact
from assets.ledger.money import ZERO
from tests.close.builders import a_contract_line, day, some_usage
from tests.invoicing.test_recurring import decide, nets
from tests.ledger.test_day import a_state

TIERS = (Tier(Decimal(1000), Decimal("0.10")), Tier(Decimal(5000), Decimal("0.05")), Tier(None, Decimal("0.01")))


def a_meter(**changes: Any) -> ContractLine:
    return a_contract_line("usage", **{"included_quantity": None, "unit_price": Decimal("0.10"), **changes})


def billed(on: date, *facts: Fact) -> dict[str, str]:
    return nets(decide(a_state(*facts), on))


def test_each_tier_prices_the_units_that_fall_into_it() -> None:
    state = a_state(a_meter(tiers=TIERS), some_usage(6000, on=day(3), known=day(4)))
    [draft] = decide(state, date(2026, 4, 1))
    assert [(line["quantity"], line["net_amount"]) for line in draft.payload["lines"]] == [
        ("1000.00", "100.00"),
        ("4000.00", "200.00"),
        ("1000.00", "10.00"),
    ]


@given(st.lists(st.integers(1, 4000), max_size=6))
def test_cutting_a_quantity_into_blocks_changes_no_unit_s_price(blocks: list[int]) -> None:
    line, bounds = a_meter(tiers=TIERS), [0]
    for block in blocks:
        bounds.append(bounds[-1] + block)
    whole = sum((q * p for _, q, p in usage_lines(line, "x", ZERO, Decimal(bounds[-1]))), ZERO)
    cut = sum(
        (
            q * p
            for i in range(len(blocks))
            for _, q, p in usage_lines(line, "x", Decimal(bounds[i]), Decimal(bounds[i + 1]))
        ),
        ZERO,
    )
    assert cut == whole


def test_usage_is_billed_each_time_its_threshold_is_crossed_and_the_rest_at_the_month_s_end() -> None:
    facts = [
        a_meter(threshold_quantity=Decimal(1000)),
        some_usage(700, on=day(2), known=day(3), event="a"),
        some_usage(1600, on=day(9), known=day(10), event="b"),
    ]
    assert billed(day(5), *facts[:2]) == {}
    assert billed(day(10), *facts) == {"2026-03-01.1": "100.00", "2026-03-01.2": "100.00"}
    assert billed(date(2026, 4, 1), *facts) == {
        "2026-03-01.1": "100.00",
        "2026-03-01.2": "100.00",
        "2026-03-01": "30.00",
    }


def test_a_month_without_usage_bills_its_minimum() -> None:
    assert billed(date(2026, 4, 1), a_meter(minimum_amount=Decimal("50.00"))) == {"2026-03-01": "50.00"}
    used = some_usage(300, on=day(3), known=day(4))
    assert billed(date(2026, 4, 1), a_meter(minimum_amount=Decimal("50.00")), used) == {"2026-03-01": "50.00"}
    more = some_usage(900, on=day(3), known=day(4))
    assert billed(date(2026, 4, 1), a_meter(minimum_amount=Decimal("50.00")), more) == {"2026-03-01": "90.00"}


def test_the_minimum_of_a_month_begun_in_its_middle_is_by_days() -> None:
    line = a_meter(minimum_amount=Decimal("62.00"), start_date=date(2026, 3, 17))
    assert billed(date(2026, 4, 1), line) == {"2026-03-01": "30.00"}


def test_the_year_s_true_up_bills_what_is_missing_to_the_commitment() -> None:
    line = a_meter(commitment_amount=Decimal("1200.00"))
    used = [some_usage(4000, on=day(3), known=day(4)), some_usage(2000, on=date(2026, 8, 3), known=day(60), event="b")]
    assert "2026-03-01.true_up" not in billed(date(2027, 2, 28), line, *used)
    assert billed(date(2027, 3, 1), line, *used)["2026-03-01.true_up"] == "600.00"
    enough = [some_usage(12_000, on=day(3), known=day(4))]
    assert "2026-03-01.true_up" not in billed(date(2027, 3, 1), line, *enough)


def test_a_true_up_waits_for_the_month_in_which_the_contract_ends_mid_month() -> None:
    line = a_meter(commitment_amount=Decimal("3650.00"), end_date=date(2026, 4, 10))
    used = [some_usage(1000, on=day(3), known=day(4)), some_usage(500, on=date(2026, 4, 9), known=day(41), event="b")]
    assert set(billed(date(2026, 4, 30), line, *used)) == {"2026-03-01"}
    assert billed(date(2026, 5, 1), line, *used)["2026-03-01.true_up"] == "260.00"


def test_a_price_change_counts_from_the_next_month() -> None:
    line = a_meter()
    dearer = a_meter(version=2, effective_date=date(2026, 3, 15), unit_price=Decimal("0.20"), known=2)
    used = [some_usage(100, on=day(20), known=day(21)), some_usage(100, on=date(2026, 4, 5), known=day(40), event="b")]
    assert billed(date(2026, 5, 1), line, dearer, *used) == {"2026-03-01": "10.00", "2026-04-01": "20.00"}
