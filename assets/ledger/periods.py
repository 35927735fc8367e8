"""Billing periods: which days a charge covers, whatever day of the month it is anchored at, and its share by days.

The one rule of prorating: a part of a period costs its days over the days of the whole period, computed exactly and
rounded once. Several parts of one period are rounded together, so that equal prices add up to the whole.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache

from assets.ledger.errors import PermanentError
from assets.ledger.money import from_minor, minor_digits

MONTHS: dict[str | None, int] = {None: 1, "monthly": 1, "quarterly": 3, "half_yearly": 6, "yearly": 12}
CONTRACT_DATE, CALENDAR = "contract_date", "calendar"
DAY = timedelta(days=1)


class UnknownRhythmError(PermanentError):
    """A contract line names a rhythm of billing that does not exist."""

    def __init__(self, word: str, known: Sequence[str]) -> None:
        self.word = word
        super().__init__(
            f"Cannot bill by `{word}`: known are {', '.join(f'`{one}`' for one in known)}. "
            "Correct the contract line in the contract tool."
        )


@dataclass(frozen=True, slots=True)
class Period:
    """The days that are billed together, and the whole period that they are a part of."""

    start: date
    end: date  # the last day
    whole_start: date
    whole_end: date

    @property
    def days(self) -> int:
        """Return how many days are billed."""
        return (self.end - self.start).days + 1

    @property
    def whole_days(self) -> int:
        """Return how many days the whole period has."""
        return (self.whole_end - self.whole_start).days + 1

    @property
    def is_whole(self) -> bool:
        """Return whether nothing of the whole period is missing."""
        return self.days == self.whole_days


@dataclass(frozen=True, slots=True)
class Rhythm:
    """Boundaries of periods: every so many months on one day of the month, or on the month's last when it is shorter.

    Each boundary is counted from the origin, never from the boundary before it: the 31st comes back after February.
    """

    year: int
    month: int
    day: int
    months: int

    def boundary(self, index: int) -> date:
        """Return the first day of the nth period."""
        return _day_of_month(self.year * 12 + self.month - 1 + index * self.months, self.day)

    def index_of(self, day: date) -> int:
        """Return which period a day belongs to; negative before the origin."""
        index = (day.year * 12 + day.month - (self.year * 12 + self.month)) // self.months
        while self.boundary(index) > day:
            index -= 1
        while self.boundary(index + 1) <= day:
            index += 1
        return index


def rhythm_of(start: date, billing_frequency: str | None, anchor: str | None = None) -> Rhythm:
    """Return the rhythm of a charge: from its contract date, by the calendar, or on a day of the month it names."""
    if billing_frequency not in MONTHS:
        raise UnknownRhythmError(str(billing_frequency), [str(word) for word in MONTHS if word])
    months = MONTHS[billing_frequency]
    if anchor in {None, "", CONTRACT_DATE}:
        return Rhythm(start.year, start.month, start.day, months)
    if anchor == CALENDAR:
        return Rhythm(start.year, 1, 1, months)
    if not str(anchor).isdigit() or not 1 <= int(str(anchor)) <= 31:
        raise UnknownRhythmError(str(anchor), [CONTRACT_DATE, CALENDAR, "1", "31"])
    return Rhythm(start.year, start.month, int(str(anchor)), months)


def periods_between(
    start: date,
    end: date | None,
    billing_frequency: str | None,
    anchor: str | None,
    *,
    until: date,
    from_date: date | None = None,
) -> Iterator[Period]:
    """Yield the periods of a contract's days, as far as they begin by `until`; no day is in two.

    `from_date` leaves out the days before it without moving the boundaries.
    """
    rhythm = rhythm_of(start, billing_frequency, anchor)
    start = max(start, from_date or start)
    index = rhythm.index_of(start)
    while True:
        whole_start, following = rhythm.boundary(index), rhythm.boundary(index + 1)
        first = max(whole_start, start)
        if first > until or (end is not None and first > end):
            return
        whole_end = following - DAY
        yield Period(first, whole_end if end is None else min(whole_end, end), whole_start, whole_end)
        index += 1


def prorated(parts: Sequence[tuple[Decimal, int]], whole_days: int, currency_code: str) -> list[Decimal]:
    """Return the amounts of (price of a whole period, days) parts; their sum is the exact sum, rounded once."""
    amounts: list[Decimal] = []
    exact, taken = Fraction(0), 0
    for price, days in parts:
        exact += Fraction(price) * days / whole_days
        minor = _to_nearest_minor(exact, currency_code)
        amounts.append(from_minor(minor - taken, currency_code))
        taken = minor
    return amounts


def _to_nearest_minor(amount: Fraction, currency_code: str) -> int:
    """Return the amount in minor units, halves away from zero."""
    scaled = abs(amount) * 10 ** minor_digits(currency_code)
    minor = int(scaled + Fraction(1, 2))
    return -minor if amount < 0 else minor


@lru_cache(maxsize=8192)
def _day_of_month(month_index: int, day: int) -> date:
    year, month = divmod(month_index, 12)
    return date(year, month + 1, min(day, monthrange(year, month + 1)[1]))
