"""Business days of the banks, and the months contracts are billed in."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from functools import cache

DAY = timedelta(days=1)


@cache
def _easter(year: int) -> date:
    """Return Easter Sunday (anonymous Gregorian computus)."""
    a, b, c = year % 19, year // 100, year % 100
    d, e = divmod(b, 4)
    g = (8 * b + 13) // 25
    h = (19 * a + b - d - g + 15) % 30
    i, k = divmod(c, 4)
    weekday = (32 + 2 * e + 2 * i - h - k) % 7
    m = (a + 11 * h + 22 * weekday) // 451
    month, day = divmod(h + weekday - 7 * m + 114, 31)
    return date(year, month, day + 1)


@cache
def is_business_day(day: date) -> bool:
    """Say whether the banks are open: Monday to Friday outside the TARGET closing days."""
    if day.weekday() >= 5:
        return False
    easter = _easter(day.year)
    closed = {(1, 1), (5, 1), (12, 25), (12, 26)}
    return (day.month, day.day) not in closed and day not in {easter - 2 * DAY, easter + DAY}


def next_business_day(day: date) -> date:
    """Return the day itself when banks are open, else the next day they are."""
    while not is_business_day(day):
        day += DAY
    return day


def add_business_days(day: date, count: int) -> date:
    """Return the day `count` business days later."""
    for _ in range(count):
        day = next_business_day(day + DAY)
    return day


def days_between(first: date, last: date) -> Iterator[date]:
    """Yield every calendar day from first to last, both included."""
    while first <= last:
        yield first
        first += DAY


def month_start(day: date) -> date:
    """Return the first day of the day's month."""
    return day.replace(day=1)


def add_months(day: date, months: int) -> date:
    """Return the same first-of-month day some months later or earlier."""
    index = day.year * 12 + day.month - 1 + months
    return date(index // 12, index % 12 + 1, day.day)
