"""Exact money: minor units, the one rounding rule, and splits that add up.

The rounding rule, for every document this project issues or checks:
a line's net amount is quantity times unit price, rounded half away from zero to the currency's minor unit;
tax is computed once per document and rate on the sum of the net amounts, rounded the same way;
the total is the sum of net amounts plus the sum of taxes. Nothing else is rounded.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache

from assets.ledger.errors import PermanentError

# ISO 4217: every currency has two minor digits but these. Three places in a table column carry them all.
MINOR_DIGITS_OTHER_THAN_TWO: dict[str, int] = {
    "BHD": 3, "CLP": 0, "ISK": 0, "JOD": 3, "JPY": 0, "KRW": 0, "KWD": 3, "LYD": 3, "OMR": 3, "PYG": 0,
    "TND": 3, "UGX": 0, "VND": 0, "XAF": 0, "XOF": 0, "XPF": 0,
}  # fmt: skip

ZERO = Decimal("0")


class InexactAmountError(PermanentError):
    """An amount has more decimals than its currency can hold."""

    def __init__(self, amount: Decimal, currency_code: str, digits: int) -> None:
        self.amount = amount
        self.currency_code = currency_code
        super().__init__(
            f"Cannot hold `{amount}` in {currency_code}: the currency has {digits} decimals. "
            "Round it by the rounding rule of its document before it becomes an amount."
        )


def minor_digits(currency_code: str) -> int:
    """Return how many decimals the currency's amounts have (ISO 4217)."""
    return MINOR_DIGITS_OTHER_THAN_TWO.get(currency_code, 2)


def minor_unit(currency_code: str) -> Decimal:
    """Return the smallest amount of the currency, e.g. 0.01 for EUR, 1 for JPY, 0.001 for KWD."""
    return Decimal(1).scaleb(-minor_digits(currency_code))


def round_to_minor_unit(amount: Decimal, currency_code: str) -> Decimal:
    """Round half away from zero to the currency's minor unit; symmetric in sign."""
    return amount.quantize(minor_unit(currency_code), rounding=ROUND_HALF_UP)


def to_minor(amount: Decimal, currency_code: str) -> int:
    """Return the amount as a whole number of minor units; raise InexactAmountError when it has more decimals."""
    scaled = amount.scaleb(minor_digits(currency_code))
    whole = scaled.to_integral_value()
    if whole != scaled:
        raise InexactAmountError(amount, currency_code, minor_digits(currency_code))
    return int(whole)


@lru_cache(maxsize=65_536)
def from_minor(minor: int, currency_code: str) -> Decimal:
    """Return the amount of a whole number of minor units."""
    return Decimal(minor).scaleb(-minor_digits(currency_code))


def line_amount(quantity: Decimal, unit_price: Decimal, currency_code: str) -> Decimal:
    """Return a line's net amount by the rounding rule."""
    return round_to_minor_unit(quantity * unit_price, currency_code)


def tax_amount(net_amounts: Iterable[Decimal], tax_rate: Decimal, currency_code: str) -> Decimal:
    """Return the tax of one document at one rate: computed on the sum of its net amounts, rounded once."""
    return round_to_minor_unit(sum(net_amounts, ZERO) * tax_rate, currency_code)


def split(amount: Decimal, parts: int, currency_code: str = "EUR") -> list[Decimal]:
    """Split an amount into equal parts that add up to the minor unit; the first parts take the remainder."""
    return split_by_weights(amount, [1] * parts, currency_code)


def split_by_weights(amount: Decimal, weights: Sequence[int], currency_code: str = "EUR") -> list[Decimal]:
    """Split an amount in proportion to whole weights by largest remainder; the parts add up exactly."""
    total_weight = sum(weights)
    if not weights or total_weight <= 0 or min(weights) < 0:
        raise PermanentError(
            f"Cannot split {amount} {currency_code} by weights {list(weights)}: "
            "at least one weight must be positive and none negative."
        )
    minor = to_minor(amount, currency_code)
    sign = -1 if minor < 0 else 1
    shares = [divmod(abs(minor) * weight, total_weight) for weight in weights]
    missing = abs(minor) - sum(whole for whole, _ in shares)
    order = sorted(range(len(shares)), key=lambda index: (-shares[index][1], index))
    takes_one_more = set(order[:missing])
    return [
        from_minor(sign * (whole + (index in takes_one_more)), currency_code) for index, (whole, _) in enumerate(shares)
    ]
