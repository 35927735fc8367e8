"""When is a charge's price earned? Parts that add up to it, to the minor unit, whatever is billed or credited later."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal

from assets.ledger.charges import month_end
from assets.ledger.money import from_minor, round_to_minor_unit, split_by_weights, to_minor
from assets.ledger.revenue import Billing, Judgement, Part

Shape = Sequence[tuple[date, int]]  # days on which parts are earned, and their weights
DAY = timedelta(days=1)


def months_by_days(first: date, last: date) -> list[tuple[date, int]]:
    """Return the end of each month that a service touches, weighted by its days in that month."""
    shape = []
    while first <= last:
        end = min(month_end(first), last)
        shape.append((month_end(first), (end - first).days + 1))
        first = end + DAY
    return shape


def prices_of(billings: Sequence[Billing]) -> list[tuple[date, int]]:
    """Return the price of a charge after each day on which it was billed or credited.

    The price is what its invoice says, less what is credited. A second live invoice of one charge does not make it
    dearer: what it bills stays owed to the customer until it is credited.
    """
    ordered = sorted(billings, key=lambda billing: (billing.billed_date, billing.amount_minor < 0, billing.document))
    invoices: dict[str, int] = {}
    prices: dict[date, int] = {}
    for billing in ordered:
        credited = billing.credited if billing.credited in invoices else None
        if billing.credited and credited is None:
            credited = next(iter(invoices), None)
        key = credited or billing.document
        invoices[key] = invoices.get(key, 0) + billing.amount_minor
        prices[billing.billed_date] = next((net for net in invoices.values() if net), 0)
    return list(prices.items())


def plan(
    prices: Sequence[tuple[date | None, int]],
    obligations: Mapping[str, tuple[Judgement, int, Shape]],
    currency_code: str,
) -> list[Part]:
    """Return the parts of a charge that was priced once or several times; they add up to its last price.

    `obligations` gives for each its judgement, its weight in the price, and when it is earned.
    """
    parts: list[Part] = []
    keys = list(obligations)
    weights = [obligations[key][1] for key in keys]
    shares = [_shares(price, weights, currency_code) for _, price in prices]
    for index, key in enumerate(keys):
        judgement, _, shape = obligations[key]
        open_parts: dict[date, int] = {}
        held = 0
        for turn, (on, _) in enumerate(prices):
            share = shares[turn][index]
            held = _held_back(share, judgement, currency_code)
            open_parts = _replanned(open_parts, share - held, shape, on if turn else None, currency_code)
        parts += [Part(key, on, minor) for on, minor in sorted(open_parts.items()) if minor]
        if held:
            parts.append(Part(key, None, held))
    return parts


def _replanned(
    before: Mapping[date, int], price: int, shape: Shape, changed: date | None, currency_code: str
) -> dict[date, int]:
    """Return the parts at a new price: what was earned by the day of the change stays, the rest is spread anew.

    More than was earned is given back at once, on the day of the change.
    """
    if changed is None:
        return _spread(price, shape, currency_code)
    earned = {on: minor for on, minor in before.items() if on <= changed}
    rest = price - sum(earned.values())
    to_come = [(on, weight) for on, weight in shape if on > changed]
    if rest and to_come and (rest > 0) == (price > 0) and price:
        return {**earned, **_spread(rest, to_come, currency_code)}
    if rest:
        earned[changed] = earned.get(changed, 0) + rest
    return earned


def _spread(minor: int, shape: Shape, currency_code: str) -> dict[date, int]:
    shares = _shares(minor, [weight for _, weight in shape], currency_code)
    return {on: share for (on, _), share in zip(shape, shares, strict=True)}


def _shares(minor: int, weights: Sequence[int], currency_code: str) -> list[int]:
    if len(weights) == 1:
        return [minor]
    parts = split_by_weights(from_minor(minor, currency_code), weights, currency_code)
    return [to_minor(part, currency_code) for part in parts]


def _held_back(minor: int, judgement: Judgement, currency_code: str) -> int:
    if not judgement.held_back_percent:
        return 0
    held = from_minor(minor, currency_code) * judgement.held_back_percent / Decimal(100)
    return to_minor(round_to_minor_unit(held, currency_code), currency_code)
