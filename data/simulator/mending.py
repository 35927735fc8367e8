"""When do owners put right what is wrong in their systems? Most within a week of working days, a few let it linger."""

from __future__ import annotations

from datetime import date
from random import Random

from data.simulator.calendars import add_business_days

NEVER = date.max


def mended_on(rng: Random, noticed: date) -> date:
    """Return the day on which the owner puts it right: 86 % within five business days, 3 % never."""
    draw = rng.random()
    if draw < 0.86:
        return add_business_days(noticed, rng.choice((1, 1, 2, 2, 3, 4, 5)))
    if draw < 0.97:
        return add_business_days(noticed, rng.randint(6, 25))
    return NEVER
