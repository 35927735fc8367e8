"""Every day is in exactly one period, whatever day of the month a contract begins on."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assets.ledger.money import ZERO, minor_unit
from assets.ledger.periods import MONTHS, Period, UnknownRhythmError, periods_between, prorated, rhythm_of

DAY = timedelta(days=1)
FIRST, LAST = date(2023, 1, 1), date(2028, 12, 31)
FREQUENCIES = [word for word in MONTHS if word]
ANCHORS = [None, "contract_date", "calendar", "1", "15", "29", "30", "31"]


def periods(
    start: date, frequency: str = "monthly", anchor: str | None = None, end: date | None = None, until: date = LAST
) -> list[Period]:
    return list(periods_between(start, end, frequency, anchor, until=until))


@pytest.mark.parametrize("frequency", FREQUENCIES)
@pytest.mark.parametrize("anchor", ANCHORS, ids=lambda anchor: f"anchor {anchor}")
@pytest.mark.parametrize("start_day", [1, 15, 28, 29, 30, 31])
def test_every_day_from_2023_to_2028_is_in_exactly_one_period(frequency: str, anchor: str, start_day: int) -> None:
    start = date(2023, 1, start_day)
    made = periods(start, frequency, anchor)
    days = [period.start + number * DAY for period in made for number in range(period.days)]
    assert days[: (LAST - start).days + 1] == [start + number * DAY for number in range((LAST - start).days + 1)]
    assert all(period.whole_start <= period.start <= period.end <= period.whole_end for period in made)


@settings(deadline=None)
@given(
    start=st.dates(FIRST, LAST - 800 * DAY),
    length=st.integers(0, 800),
    frequency=st.sampled_from(FREQUENCIES),
    anchor=st.sampled_from([*ANCHORS, *(str(day) for day in range(1, 32))]),
)
def test_periods_follow_each_other_without_gap_and_end_with_the_contract(
    start: date, length: int, frequency: str, anchor: str | None
) -> None:
    end = start + length * DAY
    made = periods(start, frequency, anchor, end)
    assert (made[0].start, made[-1].end) == (start, end)
    assert all(before.end + DAY == after.start for before, after in pairwise(made))


def test_cat_63_an_anchor_on_the_31st_comes_back_after_february() -> None:
    starts = [period.start for period in periods(date(2026, 1, 31), until=date(2026, 6, 1))]
    assert starts == [date(2026, 1, 31), date(2026, 2, 28), date(2026, 3, 31), date(2026, 4, 30), date(2026, 5, 31)]
    leap = [period.start for period in periods(date(2027, 11, 30), "quarterly", until=date(2028, 6, 1))]
    assert leap == [date(2027, 11, 30), date(2028, 2, 29), date(2028, 5, 30)]


def test_calendar_quarters_begin_with_a_part() -> None:
    first, second = periods(date(2026, 2, 10), "quarterly", "calendar", until=date(2026, 4, 1))
    assert (first.start, first.end, first.days, first.whole_days) == (date(2026, 2, 10), date(2026, 3, 31), 50, 90)
    assert (second.start, second.is_whole) == (date(2026, 4, 1), True)


@pytest.mark.parametrize(
    ("frequency", "anchor"), [("weekly", None), ("monthly", "0"), ("monthly", "32"), ("monthly", "x")]
)
def test_an_unknown_rhythm_is_named(frequency: str, anchor: str | None) -> None:
    with pytest.raises(UnknownRhythmError, match="Correct the contract line"):
        rhythm_of(date(2026, 1, 1), frequency, anchor)


PRICES = st.decimals(-10_000, 10**12, places=2)


@given(
    price=PRICES,
    cuts=st.lists(st.integers(0, 31), max_size=4),
    currency_code=st.sampled_from(["EUR", "JPY", "KWD"]),
)
def test_parts_of_a_period_at_one_price_add_up_to_the_whole(
    price: Decimal, cuts: list[int], currency_code: str
) -> None:
    price = price.quantize(minor_unit(currency_code))
    bounds = [0, *sorted(cuts), 31]
    parts = [(price, after - before) for before, after in pairwise(bounds)]
    assert sum(prorated(parts, 31, currency_code), ZERO) == price


@given(price=PRICES, days=st.integers(0, 366), whole=st.integers(1, 366))
def test_cat_49_prorating_is_symmetric_in_sign(price: Decimal, days: int, whole: int) -> None:
    assert prorated([(price, days)], whole, "EUR") == [-part for part in prorated([(-price, days)], whole, "EUR")]


@pytest.mark.parametrize(
    ("parts", "whole", "currency_code", "amounts"),
    [
        ([("900.00", 16)], 31, "EUR", ["464.52"]),
        ([("900.00", 14), ("1000.00", 17)], 31, "EUR", ["406.45", "548.39"]),
        ([("100", 1)], 31, "JPY", ["3"]),
        ([("100.000", 1)], 31, "KWD", ["3.226"]),
        ([("0.01", 1), ("0.01", 1)], 2, "EUR", ["0.01", "0.00"]),
    ],
    ids=["a part", "two prices", "no decimals", "three decimals", "halves of a cent"],
)
def test_prorating_is_by_days(parts: list[tuple[str, int]], whole: int, currency_code: str, amounts: list[str]) -> None:
    assert [str(a) for a in prorated([(Decimal(p), d) for p, d in parts], whole, currency_code)] == amounts
