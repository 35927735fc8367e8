"""What may the matcher do by itself?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal

from assets.cash_application.engine.differences import DifferencePolicy

PLACES = 2  # decimals of the amounts in policy


@dataclass(frozen=True, slots=True)
class MatchPolicy:
    """What the matcher may do by itself, by the class of its evidence; amounts in hundredths of a currency's unit."""

    thresholds: Mapping[str, Decimal] = field(default_factory=dict)  # class -> least confidence; absent = never
    default_threshold: float | None = None
    differences: DifferencePolicy = field(default_factory=DifferencePolicy)
    value_cap: int = 10**12
    duplicate_days: int = 45
    hint_words: Mapping[str, str] = field(default_factory=dict)
    search_members: int = 24
    together_days: int = 10  # within which two receipts of a payer are added up to find one document that both pay
    confirmations: int = 0  # applications to a customer before what they taught about a payer lets a rule apply cash
    agent_families: int = 3  # families that an account pays for from which on it is an agent's and identifies nobody
    proposals: int = 5
    digits: int = PLACES  # decimals of the currency whose minor units its amounts are in
    version: str = ""

    def in_minor_units(self, digits: int) -> MatchPolicy:
        """Return the policy with its amounts in the minor units of a currency with so many decimals."""
        if digits == PLACES:
            return self

        def scaled(amount: int) -> int:
            return in_units(amount, digits)

        least = replace(
            self.differences,
            largest_fee=scaled(self.differences.largest_fee),
            tolerance=scaled(self.differences.tolerance),
            hundredth=hundredth(digits),
        )
        return replace(self, differences=least, value_cap=scaled(self.value_cap), digits=digits)


def in_units(hundredths: int, digits: int) -> int:
    """Return an amount in hundredths in the minor units of a currency with so many decimals; what is less is cut."""
    return hundredths * 10 ** (digits - PLACES) if digits > PLACES else hundredths // 10 ** (PLACES - digits)


def hundredth(digits: int) -> int:
    """Return how many minor units are worth about what a hundredth of a euro is: one yen, a cent, ten thousandths.

    What makes an amount round is counted in these: 1,000 yen are as round as 10.00 euros and 10.000 dinars are.
    """
    return 10 ** max(digits - PLACES, 0)
