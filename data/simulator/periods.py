"""The days a recurring charge covers and what they cost, counted day by day: the truth's own reckoning.

It shares no code with the product's periods, which compute boundaries from indexes: here every day is asked whether a
period begins on it, and every day costs the price agreed for it.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction

from data.simulator.calendars import DAY

MONTHS = {"monthly": 1, "quarterly": 3}


@dataclass(frozen=True, slots=True)
class Covered:
    """Days that are billed together, and how many days the whole period would have."""

    first: date
    last: date
    whole_days: int

    def cost(self, price_on: Callable[[date], Decimal]) -> Decimal:
        """Return what the days cost, each a part of the price of a whole period, rounded once to the cent."""
        exact, day = Fraction(0), self.first
        while day <= self.last:
            exact += Fraction(price_on(day)) / self.whole_days
            day += DAY
        return half_up(exact)


def begins_on(day: date, start: date, months: int, anchor: str | None) -> bool:
    """Return whether a period begins on a day: on the day of the month that counts, every so many months."""
    if anchor == "calendar":
        return day.day == 1 and (day.month - 1) % months == 0
    wanted = start.day if anchor is None else int(anchor)
    apart = (day.year - start.year) * 12 + day.month - start.month
    return day.day == min(wanted, monthrange(day.year, day.month)[1]) and apart % months == 0


def covered_days(start: date, end: date, months: int, anchor: str | None) -> Iterator[Covered]:
    """Yield the periods of an agreement from its first day to its last; each day is in one of them."""
    first = start
    while first <= end:
        whole_first = first
        while not begins_on(whole_first, start, months, anchor):
            whole_first -= DAY
        following = first + DAY
        while not begins_on(following, start, months, anchor):
            following += DAY
        yield Covered(first, min(following - DAY, end), (following - whole_first).days)
        first = following


def half_up(amount: Fraction) -> Decimal:
    """Return the amount in whole cents, halves away from zero; all currencies of this company have cents."""
    cents = int(abs(amount) * 100 + Fraction(1, 2))
    return Decimal(-cents if amount < 0 else cents) / 100
