"""How much does what a person said still count? Each half-life halves it, whatever order it was read in."""

from __future__ import annotations

HALF_LIFE = 180.0  # days after which a confirmation or a refusal counts half
LEAST_LEFT = 0.01  # what counts less is forgotten
_NOTHING = 1e-9  # what rounding leaves of a count that was taken back

Count = tuple[float, int]  # how often something was said, as of the last day it was said


def counted(before: Count | None, count: float, day: int) -> Count | None:
    """Return a count with what was said, or taken back, of a day; None when nothing is left of it."""
    if before is None:
        return count, day
    known, since = before
    last = max(day, since)
    whole = known * 0.5 ** ((last - since) / HALF_LIFE) + count * 0.5 ** ((last - day) / HALF_LIFE)
    return None if abs(whole) < _NOTHING else (whole, last)


def left_of(said: Count | None, day: int) -> float:
    """Return how much of a count is left on a day; what was said later counts in full."""
    if said is None:
        return 0.0
    count, since = said
    left = count * 0.5 ** (max(day - since, 0) / HALF_LIFE)
    return left if left >= LEAST_LEFT else 0.0
