"""What does a charge cost? Priced lines of periods, tiers, blocks, minimums and discounts, by the one rounding rule."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal

from assets.invoicing.agreed import AgreedPeriod
from assets.ledger.contracts import ContractLine, Tier
from assets.ledger.documents import DISCOUNT, DocumentLine
from assets.ledger.money import ZERO, round_to_minor_unit
from assets.ledger.periods import prorated

ONE = Decimal(1)
LARGEST_EXPONENT = 15  # of an amount; with ten decimals it stays within the 28 digits that are computed exactly


def product_of(line: ContractLine) -> str:
    """Return the name under which a contract line is billed."""
    return f"{line.contract_id}-{line.contract_line_number}"


def period_lines(agreed: AgreedPeriod) -> tuple[DocumentLine, ...]:
    """Return a period's lines: one per price that counted in it, each by its days."""
    period, line = agreed.period, agreed.line
    if period.is_whole and len(agreed.parts) == 1:
        return single_line(line, f"{line.description} from {period.start}", ONE, line.period_amount or ZERO)
    prices = [(part.period_amount or ZERO, days) for part, days in agreed.parts]
    amounts = prorated(prices, period.whole_days, line.currency_code)
    if len({price for price, _ in prices}) == 1:
        covered = sum(days for _, days in prices)
        words = f"{line.description} from {period.start}"
        if covered < period.whole_days:
            words += f" to {period.end} ({covered} of {period.whole_days} days)"
        return single_line(line, words, ONE, sum(amounts, ZERO))
    named = [
        (f"{part.description} from {period.start} ({days} of {period.whole_days} days)", amount)
        for (part, days), amount in zip(agreed.parts, amounts, strict=True)
    ]
    return discounted(line, [(words, ONE, amount) for words, amount in named])


def single_line(
    line: ContractLine, description: str, quantity: Decimal, unit_price: Decimal
) -> tuple[DocumentLine, ...]:
    """Return one priced line, and its discount when one is agreed."""
    return discounted(line, [(description, quantity, unit_price)])


def discounted(line: ContractLine, priced: Iterable[tuple[str, Decimal, Decimal]]) -> tuple[DocumentLine, ...]:
    """Return lines of (description, quantity, unit price); an agreed discount is a line of its own, rounded once."""
    product_id = product_of(line)
    lines = [
        DocumentLine.priced(position, description, quantity, unit_price, line.currency_code, product_id)
        for position, (description, quantity, unit_price) in enumerate(priced, start=1)
    ]
    if line.discount_percent:
        net = sum((each.net_amount for each in lines), ZERO)
        discount = round_to_minor_unit(net * line.discount_percent / 100, line.currency_code)
        if discount:
            words = f"{DISCOUNT} {line.discount_percent.normalize():f} %"
            lines.append(DocumentLine.priced(len(lines) + 1, words, -ONE, discount, line.currency_code, product_id))
    return tuple(lines)


def tiers_of(line: ContractLine) -> tuple[Tier, ...]:
    """Return the tiers of metered usage; a plain unit price is one tier without end."""
    return line.tiers or (Tier(None, line.unit_price or ZERO),)


def usage_lines(
    line: ContractLine, words: str, from_quantity: Decimal, to_quantity: Decimal
) -> list[tuple[str, Decimal, Decimal]]:
    """Return what the units beyond one quantity up to another cost, a line per tier they fall in.

    Cutting a quantity into blocks changes no unit's price: each unit costs what its place among all units says.
    """
    tiers = tiers_of(line)
    priced: list[tuple[str, Decimal, Decimal]] = []
    begins = ZERO
    for tier in tiers:
        ends = to_quantity if tier.up_to_quantity is None else min(tier.up_to_quantity, to_quantity)
        first = max(begins, from_quantity)
        if ends > first:
            named = words if len(tiers) == 1 else f"{words}, units {first + 1:f} to {ends:f}"
            priced.append((named, ends - first, tier.unit_price))
        begins = max(begins, ends)
    return priced


def net_of(lines: Sequence[DocumentLine]) -> Decimal:
    """Return the net amount of lines."""
    return sum((line.net_amount for line in lines), ZERO)


def is_beyond_range(quantity: Decimal, unit_price: Decimal) -> bool:
    """Return whether a line's amount has more digits than can be computed exactly: it gets no lines, and a reason."""
    return quantity.adjusted() + unit_price.adjusted() > LARGEST_EXPONENT
