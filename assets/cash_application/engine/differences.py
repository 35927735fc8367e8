"""Why is less, or more, paid than is open? Each difference gets one class; what each class may do is policy."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple

CASH_DISCOUNT, UNEARNED_DISCOUNT, BANK_FEE, WITHHOLDING_TAX, FX, TOLERANCE = (
    "cash_discount", "unearned_discount", "bank_fee", "withholding_tax", "fx", "tolerance",
)  # fmt: skip
DEDUCTION, SHORT_PAYMENT, INSTALMENT, OVERPAYMENT = "deduction", "short_payment", "instalment", "overpayment"
DUPLICATE, PREPAYMENT = "duplicate", "prepayment"  # of the whole receipt: it pays nothing that is open
LEAVES_REST_OPEN = frozenset({SHORT_PAYMENT, DEDUCTION, INSTALMENT})

LARGEST_FX_SHARE = 0.0125
LARGEST_SHORT_PERCENT = 30.0  # more is seldom a deduction, and more often a credit memo the list leaves out
ROUND_SHARES = (0.5, 0.25, 0.3, 1 / 3, 0.2, 0.4, 0.6, 0.7, 0.75, 0.8, 2 / 3)


@dataclass(frozen=True, slots=True)
class DifferencePolicy:
    """What counts as a fee, a withholding or a trifle; amounts as in the policy of the matcher that it belongs to."""

    largest_fee: int = 5_000
    tolerance: int = 100
    withholding_percents: tuple[Decimal, ...] = ()
    discount_grace_days: int = 0
    hundredth: int = 1  # minor units in which it is counted what makes an amount round


class Explained(NamedTuple):
    """One explanation of a difference, with the log of how likely it makes exactly this amount."""

    kind: str
    weight: float


def explain(
    open_minor: int,
    paid: int,
    *,
    discount: int,
    discount_until: int,
    day: int,
    hints: frozenset[str],
    policy: DifferencePolicy,
) -> Iterator[Explained]:
    """Yield the classes a difference may have, each with its log-odds against an amount that says nothing."""
    missing = open_minor - paid
    size = math.log(4.0 * max(paid, 1))
    if missing > 0:
        if discount and abs(missing - discount) <= 1:
            is_earned = day <= discount_until + policy.discount_grace_days
            yield Explained(CASH_DISCOUNT if is_earned else UNEARNED_DISCOUNT, (-3.2 if is_earned else -4.5) + size)
        percent = 100.0 * missing / open_minor
        for rate in policy.withholding_percents:
            if abs(open_minor * rate / 100 - missing) <= 1.01:
                yield Explained(WITHHOLDING_TAX, -4.2 + size - math.log(15) + _hinted(hints, "withholding"))
                break
        if missing <= policy.largest_fee and missing * 12 < open_minor:
            is_round = missing % (50 * policy.hundredth) == 0
            nicety = math.log(20 if is_round else 2_000)
            yield Explained(BANK_FEE, -3.2 + size - nicety + _hinted(hints, "fee"))
        if missing <= policy.tolerance:
            yield Explained(TOLERANCE, -5.0 + size - math.log(2 * policy.tolerance))
        if percent <= 100 * LARGEST_FX_SHARE:
            yield Explained(FX, -4.2 + math.log(4.0 / LARGEST_FX_SHARE) - 1.0 + _hinted(hints, "fx"))
        nice = is_nice_share(open_minor, paid) or paid % (10_000 * policy.hundredth) == 0
        yield Explained(INSTALMENT, -3.3 + (size - math.log(60) if nice else 1.4) + _hinted(hints, "part"))
        yield Explained(
            DEDUCTION, -3.4 + (1.6 if percent < LARGEST_SHORT_PERCENT else 0.0) + _hinted(hints, "deduction")
        )
        yield Explained(
            SHORT_PAYMENT, -3.6 + (1.6 if percent < LARGEST_SHORT_PERCENT else 0.0) + _hinted(hints, "part") / 2
        )
    elif missing < 0:
        share = -missing / max(open_minor, 1)
        if share <= LARGEST_FX_SHARE:
            yield Explained(OVERPAYMENT, -5.0 + math.log(4.0 / LARGEST_FX_SHARE))
        is_round = -missing % (100 * policy.hundredth) == 0
        yield Explained(OVERPAYMENT, -4.6 + (3.0 if is_round else 2.0 if share <= 0.3 else -2.0))


def is_nice_share(open_minor: int, paid: int) -> bool:
    """Return whether a payment is a customary share of what is open, such as a half or a third."""
    return any(abs(open_minor * share - paid) <= 1 for share in ROUND_SHARES)


def is_beyond_nice_share(open_minor: int, paid: int) -> bool:
    """Return whether a payment is a little more than a customary share of what is open, as with interest or a rate."""
    if is_nice_share(open_minor, paid):
        return False
    return any(0 < paid - open_minor * share <= LARGEST_FX_SHARE * paid for share in ROUND_SHARES)


def best_explanation(explained: Mapping[str, Explained] | Iterator[Explained]) -> Explained | None:
    """Return the likeliest explanation."""
    listed = list(explained.values() if isinstance(explained, Mapping) else explained)
    return max(listed, key=lambda one: one.weight, default=None)


def _hinted(hints: frozenset[str], meaning: str) -> float:
    return 2.0 if meaning in hints else 0.0
