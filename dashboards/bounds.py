"""How often may a rule still be wrong, when so few of its decisions were found wrong? The Clopper-Pearson bound."""

from __future__ import annotations

import math

CONFIDENCE = 0.95


def certified_bound(wrong: int, tried: int, confidence: float = CONFIDENCE) -> float:
    """Return the largest error rate that is still compatible with what was found, at one-sided confidence.

    The exact upper bound of a binomial share: the rate `p` at which at most `wrong` of `tried` would be found with
    probability `1 - confidence`. C. J. Clopper and E. S. Pearson, "The use of confidence or fiducial limits
    illustrated in the case of the binomial", Biometrika 26 (1934), 404-413. Without a single trial it is 1.
    """
    if not 0 <= wrong <= tried:
        raise ValueError(f"Cannot bound {wrong} wrong of {tried}: expected 0 <= wrong <= tried.")
    if wrong == tried:
        return 1.0
    low, high = wrong / tried, 1.0
    while high - low > 1e-12:
        middle = (low + high) / 2
        if _at_most(wrong, tried, middle) > 1 - confidence:
            low = middle
        else:
            high = middle
    return high


def _at_most(count: int, tried: int, rate: float) -> float:
    """Return the probability of at most so many of a binomial."""
    if rate >= 1:
        return 0.0
    if rate <= 0:
        return 1.0
    whole, log_rate, log_rest = math.lgamma(tried + 1), math.log(rate), math.log1p(-rate)
    return math.fsum(
        math.exp(whole - math.lgamma(k + 1) - math.lgamma(tried - k + 1) + k * log_rate + (tried - k) * log_rest)
        for k in range(count + 1)
    )
