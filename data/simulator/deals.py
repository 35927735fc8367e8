"""Deals that bill when they are won: who buys what, what is wrong of them, and which are opened again by mistake."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from random import Random

from assets.ledger.money import line_amount
from data.simulator.calendars import DAY, add_business_days, next_business_day
from data.simulator.defects import Defect
from data.simulator.deliveries import Deliveries
from data.simulator.mending import NEVER, mended_on
from data.simulator.scale import Scale
from data.simulator.trade import Charge, ChargeLine, Deal, Trade, at
from data.simulator.world import Customer, World

# What is wrong of a deal when it is won: the reason of its refusal, and the property to put right.
FAULTS = {
    "po_number": ("MISSING_PO", "po_number"),
    "payment_terms": ("TERMS_DIFFER", "payment_terms"),
    "amount": ("PRICE_DIFFERS_FROM_ORDER", "line_items.price"),
}
REOPENED = "REOPENED"  # no refusal: while a deal is open again there is nothing to bill


def run_deals(scale: Scale, seed: int, world: World, trade: Trade, deliveries: Deliveries) -> None:
    """Let the American entity win a deal every twelve days or so from customers it knows well."""
    rng = Random(f"{seed}|deals")
    buyers = [customer for customer in world.customers if _may_buy(scale, customer)]
    day, number = scale.first_activity + rng.randint(1, 3) * DAY, 0
    while buyers and day < scale.last_activity:
        buyer = rng.choice(buyers)
        won = next_business_day(day)
        if won < scale.last_activity:
            trade.deals.append(_deal(scale, rng, world, buyer, won, number, deliveries))
            number += 1
        day += rng.randint(2, 4) * DAY if scale.days < 30 else rng.randint(5, 16) * DAY


def _may_buy(scale: Scale, customer: Customer) -> bool:
    frame = customer.frame
    return (
        customer.legal_entity == "MUS"
        and customer.created == scale.first_activity
        and len(customer.accounting_ids) == 1
        and frame is not None
        and frame.known == scale.first_date
        and not frame.faults
    )


def _deal(
    scale: Scale, rng: Random, world: World, buyer: Customer, won: date, number: int, deliveries: Deliveries
) -> Deal:
    frame = buyer.frame
    agreed = frame.prices if frame is not None else {}
    items = [
        (str(34_000_001 + number * 10 + place), product, Decimal(rng.randint(1, 30)))
        for place, product in enumerate(rng.sample(world.products, k=rng.choice((1, 2, 2, 3))))
        if product.sku not in agreed
    ]
    deal = Deal(
        deal_id=str(19_000_001 + number * 7),
        customer=buyer,
        name=f"{buyer.base_name} outfit {number + 1}",
        offered=won - rng.randint(1, 12) * DAY,
        won_at=at(won, rng, 9, 18),
        items=items or [(str(34_000_009 + number * 10), world.products[-1], Decimal(4))],
        po_number=f"PO-{rng.randint(100_000, 999_999)}" if buyer.is_po_required or rng.random() < 0.3 else None,
    )
    if rng.random() < 0.15:
        deal.fault = rng.choice([fault for fault in FAULTS if fault != "po_number" or buyer.is_po_required])
        deal.mended = _later(mended_on(rng, won), won, scale, deliveries)
    elif number % 5 == 2 and add_business_days(won, 20) < scale.last_activity:
        deal.reopened = add_business_days(won, rng.randint(8, 12)), add_business_days(won, rng.randint(14, 17))
    return deal


def _later(day: date, before: date, scale: Scale, deliveries: Deliveries) -> date:
    """Return the day, or the next whose file arrives after that of the day before; never, when none does."""
    while day <= scale.last_activity:
        if deliveries.arrival("hubspot", "deals", before) < deliveries.arrival("hubspot", "deals", day):
            return day if deliveries.is_delivered("hubspot", "deals", day) else NEVER
        day += DAY
    return NEVER


def charge_of_deal(deal: Deal, deliveries: Deliveries) -> Charge:
    """Return the one charge of a deal: all its line items, once it and they are known."""
    won = deal.won_at.date()
    told = deliveries.arrival("hubspot", "deals", won)
    known = max(told, deliveries.arrival("hubspot", "line_items", won))
    currency = deal.customer.currency
    defects = []
    if deal.fault is not None:
        seen = NEVER if deal.mended == NEVER else deliveries.arrival("hubspot", "deals", deal.mended)
        cause, name = FAULTS[deal.fault]
        defects.append(Defect(cause, "hubspot", name, date.min, seen, told, seen))
    if deal.reopened is not None:
        opened, won_again = (deliveries.arrival("hubspot", "deals", day) for day in deal.reopened)
        defects.append(Defect(REOPENED, "hubspot", "dealstage", opened, won_again, opened, won_again))
    return Charge(
        billing_key=f"deal|{deal.deal_id}|won|deal",
        kind="deal",
        customer=deal.customer,
        triggered_at=deal.won_at,
        possible=known if known <= deliveries.scale.last_date else None,
        lines=[
            ChargeLine(
                product.sku, product.title, quantity, product.prices[currency],
                line_amount(quantity, product.prices[currency], currency),
            )
            for _, product, quantity in sorted(deal.items, key=lambda item: item[0])
        ],
        agreement=None,
        order=None,
        po_number=deal.po_number,
        defects=defects,
        known=known,
    )  # fmt: skip
