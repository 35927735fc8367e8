"""The truth's periods, counted day by day, are those of the ledger, computed from indexes; and cost the same."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from assets.ledger.periods import periods_between, prorated
from data.simulator.periods import MONTHS, covered_days

STARTS = st.dates(date(2023, 1, 1), date(2027, 6, 30))
PRICES = st.decimals(min_value=1, max_value=99_999, places=2)


@settings(max_examples=60, deadline=None)
@given(
    STARTS,
    st.integers(0, 420),
    st.sampled_from(sorted(MONTHS)),
    st.sampled_from([None, "calendar", "1", "15", "29", "30", "31"]),
    PRICES,
    PRICES,
    st.integers(0, 400),
)
def test_two_ways_of_counting_end_in_the_same_periods_and_amounts(
    start: date, days: int, frequency: str, anchor: str | None, price: Decimal, dearer: Decimal, changes_after: int
) -> None:
    end, changes = start + timedelta(days=days), start + timedelta(days=changes_after)
    counted = list(covered_days(start, end, MONTHS[frequency], anchor))
    computed = list(periods_between(start, end, frequency, anchor, until=end))
    assert [(each.first, each.last, each.whole_days) for each in counted] == [
        (each.start, each.end, each.whole_days) for each in computed
    ]
    for each, period in zip(counted, computed, strict=True):
        after = min(max((period.end - changes).days + 1, 0), period.days)
        parts = prorated([(price, period.days - after), (dearer, after)], period.whole_days, "EUR")
        assert each.cost(lambda day: dearer if day >= changes else price) == sum(parts)
