"""What happened between order and invoice: orders, shipments, milestones, usage, and the charges they trigger.

A charge can be drafted on the first day on which its trigger and its agreement (for shop orders and deals: the
customer's frame agreement) are both known and nothing is wrong with it that `defects.py` names. What is wrong is put
right by its owner in a later version; the draft is then possible on the day that version arrives.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time
from decimal import Decimal
from random import Random

from assets.ledger.money import line_amount, tax_amount
from data.simulator.calendars import DAY, add_business_days, days_between, is_business_day
from data.simulator.defects import (
    Defect,
    defects_of_order,
    defects_of_prices,
)
from data.simulator.deliveries import Deliveries
from data.simulator.mending import NEVER, mended_on
from data.simulator.scale import Scale
from data.simulator.world import TAX_RATES, Agreement, Customer, Line, Product, World


@dataclass(slots=True)
class OrderLine:
    """One ordered article."""

    line: int
    sku: str
    title: str
    quantity: Decimal
    price: Decimal
    net: Decimal


@dataclass(slots=True)
class Order:
    """One shop order, with the days on which its versions arrive."""

    number: str
    shop_order_id: str
    shop_customer_id: str
    customer: Customer
    ordered_at: datetime
    lines: list[OrderLine]
    po_number: str | None
    payment_terms: str | None
    customer_name: str
    accounting_id: str | None
    tax_id: str | None
    email: str | None
    is_cancelled: bool = False
    faults: list[str] = field(default_factory=list)
    right_po_number: str | None = None
    right_lines: list[OrderLine] = field(default_factory=list)
    mended: date | None = None  # when all that is wrong was put right
    mended_known: date | None = None
    known: date = NEVER

    @property
    def activity(self) -> date:
        """The day the order was placed."""
        return self.ordered_at.date()


@dataclass(slots=True)
class Shipment:
    """One parcel: part of an order or all of it."""

    shipment_id: int
    order: Order
    shipped_at: datetime
    items: list[tuple[OrderLine, Decimal]]
    is_voided: bool = False
    known: date = NEVER


@dataclass(frozen=True, slots=True)
class ChargeLine:
    """One priced line of a charge."""

    product_id: str
    description: str
    quantity: Decimal
    unit_price: Decimal
    net: Decimal


@dataclass(frozen=True, slots=True)
class Amendment:
    """What an amended agreement makes of a charge, and when that is known."""

    known: date
    lines: list[ChargeLine]
    effective: date | None  # without a day it leaves alone what was drafted before it was known


@dataclass(slots=True)
class Charge:
    """Something that should be billed once: what, when it was triggered, when a draft becomes possible."""

    billing_key: str
    kind: str
    customer: Customer
    triggered_at: datetime
    possible: date | None
    lines: list[ChargeLine]
    agreement: Agreement | None
    order: Order | None
    po_number: str | None
    defects: list[Defect] = field(default_factory=list)
    known: date = NEVER  # the first day on which it would be drafted if nothing were wrong
    amendment: Amendment | None = None
    lines_before: list[ChargeLine] | None = None  # at the prices of the order before they were put right
    lines_right_from: date = NEVER  # the day on which they were, and the day on which that became known
    lines_right_known: date = NEVER

    @property
    def net(self) -> Decimal:
        """Net amount by the rounding rule."""
        return sum((line.net for line in self.lines), Decimal(0))

    @property
    def tax(self) -> Decimal:
        """Tax on the document, rounded once."""
        rate = TAX_RATES[self.customer.tax_code]
        return tax_amount((line.net for line in self.lines), rate, self.customer.currency)


@dataclass(frozen=True, slots=True)
class UsageEvent:
    """One metered event; `file_day` is the day whose usage file carries it."""

    event_id: str
    agreement: Agreement
    line: Line
    quantity: Decimal
    occurred_at: datetime
    file_day: date


@dataclass(slots=True)
class Deal:
    """One deal that bills when it is won; it stands for no contract."""

    deal_id: str
    customer: Customer
    name: str
    offered: date
    won_at: datetime
    items: list[tuple[str, Product, Decimal]]  # id of the line item, what, how many
    po_number: str | None
    fault: str | None = None  # what is wrong of it when it is won
    mended: date = NEVER
    reopened: tuple[date, date] | None = None  # when it was opened again by mistake, and won again


@dataclass(slots=True)
class Trade:
    """All of it."""

    orders: list[Order]
    shipments: list[Shipment]
    usage: list[UsageEvent]
    charges: list[Charge]
    deals: list[Deal] = field(default_factory=list)


def at(day: date, rng: Random, first_hour: int = 8, last_hour: int = 19) -> datetime:
    """Return a moment of the day in UTC, inside the hours given."""
    second = rng.randint(first_hour * 3600, last_hour * 3600 - 1)
    return datetime.combine(day, time(second // 3600, second // 60 % 60, second % 60), tzinfo=UTC)


def run_trade(scale: Scale, seed: int, world: World, deliveries: Deliveries) -> Trade:
    """Let the days pass: orders come in, parcels leave, work is completed, meters count."""
    _learn_agreements(scale, world, deliveries)
    orders = _take_orders(scale, Random(f"{seed}|orders"), world, deliveries)
    shipments = _ship(scale, Random(f"{seed}|shipments"), orders, deliveries)
    usage = _meter(scale, Random(f"{seed}|usage"), world)
    return Trade(orders, shipments, usage, _charge_goods(shipments))


def _learn_agreements(scale: Scale, world: World, deliveries: Deliveries) -> None:
    """Fix on which days the versions of each agreement arrive; a later version always arrives later."""

    def arrival(day: date) -> date | None:
        arrives = deliveries.arrival("contracts", "agreements", day)
        return arrives if arrives <= scale.last_date else None

    for agreement in world.agreements:
        agreement.known = arrival(agreement.signed)
        if agreement.known is None:
            continue
        for name in ("po_fixed", "amended"):
            day: date | None = getattr(agreement, name)
            if day is None:
                continue
            while (arrives := arrival(day)) is not None and arrives <= agreement.known:
                day += DAY
            setattr(agreement, name, day if arrives is not None else None)
        while agreement.po_valid_until and agreement.po_extended <= scale.last_activity:
            extended = arrival(agreement.po_extended)
            if extended is None or extended > agreement.known:
                break
            agreement.po_extended += DAY
        agreement.po_known = arrival(agreement.po_fixed) if agreement.po_fixed else None
        agreement.amendment_known = arrival(agreement.amended) if agreement.amended else None


def _take_orders(scale: Scale, rng: Random, world: World, deliveries: Deliveries) -> list[Order]:
    buyers = [customer for customer in world.customers if customer.has_shop]
    weights = [buyer.weight for buyer in buyers]
    popular = [1.0 / (rank + 5) for rank in range(len(world.products))]
    orders: list[Order] = []
    number = 10_001
    for day in days_between(scale.first_activity, scale.last_activity):
        pace = 1.25 if day.weekday() < 5 else 0.375
        count = max(0, round(scale.orders_per_day * pace * rng.uniform(0.8, 1.2)))
        moments = sorted(at(day, rng, 6, 21) for _ in range(count))
        for moment in moments:
            buyer = rng.choices(buyers, weights)[0]
            if buyer.created > day:
                buyer = rng.choices(buyers, weights)[0]
            if buyer.created > day:
                continue
            orders.append(_order(scale, rng, world, buyer, moment, number, popular))
            number += 1
    for order in orders:
        order.known = deliveries.arrival("shop", "orders", order.activity)
        if order.mended is None or order.mended > scale.last_activity:
            order.mended = None
            continue
        while deliveries.arrival("shop", "orders", order.mended) <= order.known:
            order.mended += DAY
        arrives = deliveries.arrival("shop", "orders", order.mended)
        if arrives <= scale.last_date:
            order.mended_known = arrives
        else:
            order.mended = None
    return orders


def _order(
    scale: Scale, rng: Random, world: World, buyer: Customer, moment: datetime, number: int, popular: list[float]
) -> Order:
    currency = buyer.currency
    if buyer.standing_basket and rng.random() < 0.07:
        basket = buyer.standing_basket
    else:
        chosen = dict.fromkeys(rng.choices(range(len(world.products)), popular, k=rng.choice((1, 1, 2, 2, 3, 4))))
        basket = [(world.products[index].sku, Decimal(max(1, int(rng.lognormvariate(2.6, 0.9))))) for index in chosen]
        buyer.standing_basket = basket
    by_sku = {product.sku: product for product in (world.products[int(sku[4:]) - 10_001] for sku, _ in basket)}
    basket = _within_habit(buyer, basket, {sku: product.prices[currency] for sku, product in by_sku.items()})
    agreed = buyer.frame.prices if buyer.frame is not None else {}
    forgets = bool(agreed) and Random(f"{number}|agreed").random() < 0.1
    prices = {sku: agreed.get(sku, by_sku[sku].prices[currency]) for sku, _ in basket}
    if forgets:
        prices = {sku: by_sku[sku].prices[currency] for sku, _ in basket}
    lines = [
        OrderLine(line, sku, by_sku[sku].title, quantity, prices[sku], line_amount(quantity, prices[sku], currency))
        for line, (sku, quantity) in enumerate(basket, start=1)
    ]
    order = Order(
        number=f"SO-{number}",
        shop_order_id=str(5_200_000_000 + number * 7),
        shop_customer_id=rng.choice(buyer.shop_ids),
        customer=buyer,
        ordered_at=moment,
        lines=lines,
        po_number=None,
        payment_terms=buyer.terms,
        customer_name=rng.choice([buyer.name, buyer.name, *buyer.name_variants]),
        accounting_id=rng.choice(buyer.accounting_ids),
        tax_id=buyer.tax_id,
        email=buyer.billing_email,
    )
    order.right_lines = lines
    if forgets and any(sku in agreed for sku, _ in basket):
        order.faults.append("price_not_agreed")
        order.right_lines = [
            replace(line, price=price, net=line_amount(line.quantity, price, currency))
            for line in lines
            for price in [agreed.get(line.sku, line.price)]
        ]
    # Two weeks are short: a small company makes the same mistakes more often, so that each is seen.
    fault_share = 0.3 if scale.days < 30 else 0.06
    wants_po = buyer.is_po_required or rng.random() < 0.25
    po_number = f"{rng.choice(('PO-', '45', 'B-'))}{rng.randint(100_000, 999_999)}"
    if buyer.is_po_required and rng.random() < fault_share:
        order.faults.append("missing_po")
    elif wants_po:
        order.po_number = po_number
    order.right_po_number = po_number if wants_po else None
    if order.shop_customer_id != buyer.shop_ids[0] or rng.random() < 0.06:
        # Either number alone still names the company; both are never missing.
        if rng.random() < 0.7 and buyer.tax_id_on_file == buyer.tax_id:
            order.accounting_id = None
            order.faults.append("missing_accounting_id")
        else:
            order.tax_id = None
    if rng.random() < 0.04:
        others = [terms for terms in ("NET15", "NET30", "NET45") if terms != buyer.terms]
        order.payment_terms = rng.choice(others)
        order.faults.append("inconsistent_terms")
    elif rng.random() < 0.03:
        order.payment_terms = None
        order.faults.append("missing_terms")
    if rng.random() < 0.02:
        order.email = None
        order.faults.append("missing_bill_to_email")
    if rng.random() < 0.015:
        order.is_cancelled = True
    elif {"missing_po", "inconsistent_terms", "price_not_agreed"} & set(order.faults):
        order.mended = mended_on(Random(f"{number}|mended"), order.activity)
    return order


def _within_habit(
    buyer: Customer, basket: list[tuple[str, Decimal]], prices: dict[str, Decimal]
) -> list[tuple[str, Decimal]]:
    """Return what is ordered in quantities that a customer who has ordered before would not be asked about."""
    most = 8 * max(buyer.ordered_values, default=Decimal(0))
    value = sum((prices[sku] * quantity for sku, quantity in basket), Decimal(0))
    if len(buyer.ordered_values) >= 3 and value > most:
        basket = [(sku, max(Decimal(1), quantity * most // value)) for sku, quantity in basket]
        value = sum((prices[sku] * quantity for sku, quantity in basket), Decimal(0))
    buyer.ordered_values.append(value)
    return basket


def _ship(scale: Scale, rng: Random, orders: list[Order], deliveries: Deliveries) -> list[Shipment]:
    shipments: list[Shipment] = []
    for order in orders:
        if order.is_cancelled:
            continue
        day = add_business_days(order.activity, rng.choice((1, 1, 1, 2, 2, 3)))
        now: list[tuple[OrderLine, Decimal]] = [(line, line.quantity) for line in order.lines]
        later: list[tuple[OrderLine, Decimal]] = []
        if rng.random() < 0.14:
            now = []
            for line in order.lines:
                first = Decimal(rng.randint(0, int(line.quantity)))
                if first:
                    now.append((line, first))
                if line.quantity - first:
                    later.append((line, line.quantity - first))
            if not now:
                now, later = later, []
        parcels = [(day, now)]
        if later:
            parcels.append((add_business_days(day, rng.randint(2, 8)), later))
        if rng.random() < 0.006:
            shipments.append(Shipment(0, order, at(day, rng, 8, 12), now, is_voided=True))
        shipments += [Shipment(0, order, at(shipped, rng, 12, 18), items) for shipped, items in parcels]
    shipments = [item for item in shipments if item.shipped_at.date() <= scale.last_activity]
    shipments.sort(key=lambda item: (item.shipped_at, item.order.number))
    for index, shipment in enumerate(shipments):
        shipment.shipment_id = 810_001 + index
        shipment.known = deliveries.arrival("shipstation", "shipments", shipment.shipped_at.date())
    return shipments


def _meter(scale: Scale, rng: Random, world: World) -> list[UsageEvent]:
    """Return metered events; a few of a month's last days reach the usage file only after the month was billed."""
    events: list[UsageEvent] = []
    for agreement in world.agreements:
        for line in agreement.lines:
            if line.kind != "usage" or agreement.known is None:
                continue
            included = int(line.included_quantity or 0)
            daily = max(40, int(included / 30 * rng.uniform(0.6, 2.2)), int(agreement.customer.weight * 20_000))
            for day in days_between(agreement.start, min(agreement.end, scale.last_activity)):
                if rng.random() < 0.35:
                    continue
                file_day = day
                if (day + DAY).day == 1 and rng.random() < 0.05:
                    file_day = day + rng.randint(1, 4) * DAY
                events.append(
                    UsageEvent(
                        event_id=f"{agreement.agreement_id}-{line.line}-{day:%Y%m%d}-{rng.randint(10, 99)}",
                        agreement=agreement,
                        line=line,
                        quantity=Decimal(rng.randint(daily // 2, daily * 2)),
                        occurred_at=at(day, rng, 1, 22),
                        file_day=file_day,
                    )
                )
    return events


def _charge_goods(shipments: list[Shipment]) -> list[Charge]:
    charges = []
    for shipment in shipments:
        if shipment.is_voided:
            continue
        order = shipment.order
        customer = order.customer
        frame = customer.frame
        both_known = max(order.known, shipment.known)
        shipped = {line.line for line, _ in shipment.items}
        right = {line.line: line for line in order.right_lines}
        defects = defects_of_order(order) + defects_of_prices(order, shipped)
        charge = Charge(
            billing_key=f"order|{order.number}|SHP-{shipment.shipment_id}|goods",
            kind="goods",
            customer=customer,
            triggered_at=shipment.shipped_at,
            possible=max(both_known, frame.known) if frame is not None and frame.known is not None else None,
            lines=_goods([(right[line.line], quantity) for line, quantity in shipment.items], customer.currency),
            agreement=None,
            order=order,
            po_number=order.right_po_number if order.mended or "missing_po" not in order.faults else None,
            defects=defects,
            known=max(both_known, frame.known) if frame is not None and frame.known is not None else both_known,
        )
        if any(defect.cause == "PRICE_DIFFERS_FROM_ORDER" for defect in defects):
            charge.lines_before = _goods(shipment.items, customer.currency)
            charge.lines_right_from, charge.lines_right_known = order.mended or NEVER, order.mended_known or NEVER
        charges.append(charge)
    return charges


def _goods(items: list[tuple[OrderLine, Decimal]], currency: str) -> list[ChargeLine]:
    return [
        ChargeLine(line.sku, line.title, quantity, line.price, line_amount(quantity, line.price, currency))
        for line, quantity in items
    ]


def next_working_day(day: date) -> date:
    """Return the day itself when people work, else the next day they do."""
    while not is_business_day(day):
        day += DAY
    return day
