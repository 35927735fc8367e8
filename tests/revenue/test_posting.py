"""Entries balance, balances roll forward, and a closed month is never posted into."""

from __future__ import annotations

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from assets.ledger.charges import month_end
from assets.revenue.posting import (
    ASSET,
    BILLING,
    DEFERRED,
    RECEIVABLE,
    RECOGNITION,
    REVENUE,
    SALE,
    Calendar,
    Entry,
    Movement,
    post,
)

OPENED = date(2026, 1, 1)
KINDS = [BILLING, RECOGNITION, SALE]
moves = st.lists(
    st.tuples(st.integers(0, 30), st.sampled_from(KINDS), st.integers(0, 300), st.integers(-(10**9), 10**9)),
    min_size=1,
    max_size=12,
)


def booked(entries: list[Entry]) -> dict[date, dict[str, int]]:
    sums: dict[date, dict[str, int]] = {}
    for entry in entries:
        for account, minor in entry.lines:
            month = sums.setdefault(entry.period, {})
            month[account] = month.get(account, 0) + minor
    return sums


@given(moves, st.sampled_from([0, 3, 10]))
def test_balances_roll_forward_and_closed_months_stay(told: list[tuple[int, str, int, int]], close_days: int) -> None:
    posted: dict[date, tuple[int, int]] = {}
    entries: list[Entry] = []
    today = OPENED
    for wait, kind, age, minor in told:
        today += timedelta(days=wait)
        calendar = Calendar(today, close_days, OPENED)
        fresh = post([Movement(kind, today - timedelta(days=age), minor, reason_code="LATE")], posted, calendar)
        for entry in fresh:
            assert sum(amount for _, amount in entry.lines) == 0
            assert entry.period + timedelta(days=close_days) >= today or today == OPENED
            assert month_end(entry.posting_date) == entry.period
            assert entry.original_period <= entry.period
            assert (entry.reason_code is not None) == (entry.original_period < entry.period)
        entries += fresh
        posted = {
            period: (accounts.get(RECEIVABLE, 0), -accounts.get(REVENUE, 0))
            for period, accounts in booked(entries).items()
        }
    deferred = asset = balance = 0
    for period, accounts in sorted(booked(entries).items()):
        deferred -= accounts.get(DEFERRED, 0)
        asset += accounts.get(ASSET, 0)
        balance += accounts.get(RECEIVABLE, 0) + accounts.get(REVENUE, 0)
        assert (deferred, asset) == (max(balance, 0), max(-balance, 0)), period


@given(moves)
def test_posting_everything_with_the_opposite_sign_gives_zero(told: list[tuple[int, str, int, int]]) -> None:
    calendar = Calendar(OPENED, 3, OPENED)
    there = [Movement(kind, OPENED - timedelta(days=age), minor) for _, kind, age, minor in told]
    back = [Movement(each.kind, each.on, -each.amount_minor) for each in there]
    sums = booked(post([*there, *back], {}, calendar))
    assert all(minor == 0 for accounts in sums.values() for minor in accounts.values())


def test_what_is_earned_in_the_month_before_its_bill_is_an_asset_in_between() -> None:
    calendar = Calendar(date(2026, 4, 2), 3, OPENED)
    moves = [Movement(BILLING, date(2026, 4, 1), 100), Movement(RECOGNITION, date(2026, 3, 31), 100)]
    assert booked(post(moves, {}, calendar)) == {
        date(2026, 3, 31): {REVENUE: -100, ASSET: 100},
        date(2026, 4, 30): {RECEIVABLE: 100, ASSET: -100},
    }


def test_a_delivery_told_after_its_bill_moves_the_bill_from_deferred_to_the_asset() -> None:
    posted = {date(2026, 4, 30): (100, 0)}
    entries = post([Movement(RECOGNITION, date(2026, 3, 31), 100)], posted, Calendar(date(2026, 4, 2), 3, OPENED))
    assert booked(entries) == {
        date(2026, 3, 31): {REVENUE: -100, ASSET: 100},
        date(2026, 4, 30): {DEFERRED: 100, ASSET: -100},
    }
