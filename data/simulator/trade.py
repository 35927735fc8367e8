"""What happened between order and invoice: orders, shipments, milestones, usage, and the charges they trigger.

A charge can be drafted on the first day on which its trigger and its agreement (for shop orders: the customer's
frame agreement) are both known. Exactly two things block a draft: the agreement demands a purchase order number
and the agreement (contract lines) or order (goods) names none; and a shop order whose customer has no known
agreement, so that its terms are unknown. Both can be repaired by a later version; the draft is then possible on
the day that version arrives. Everything else wrong with an order is a finding, not a reason to wait.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from decimal import Decimal
from random import Random

from assets.ledger.money import line_amount, round_to_minor_unit, tax_amount
from data.simulator.calendars import DAY, add_business_days, add_months, days_between, is_business_day
from data.simulator.defects import (
    Defect,
    defects_of_agreement,
    defects_of_customer,
    defects_of_order,
    first_day_clear,
)
from data.simulator.deliveries import Deliveries
from data.simulator.scale import Scale
from data.simulator.world import TAX_RATES, Agreement, Customer, Line, Milestone, World

NEVER = date.max


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
    po_fix: tuple[date, str] | None = None
    terms_fix: tuple[date, date] | None = None  # when it was put right, and when that arrived
    known: date = NEVER
    po_known: date | None = None

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
class Trade:
    """All of it."""

    orders: list[Order]
    shipments: list[Shipment]
    usage: list[UsageEvent]
    charges: list[Charge]


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
    charges = _charge_goods(shipments)
    metered: dict[str, list[UsageEvent]] = {}
    for event in usage:
        metered.setdefault(event.agreement.agreement_id, []).append(event)
    for agreement in world.agreements:
        if agreement.known is not None:
            charges += _charge_agreement(scale, agreement, metered.get(agreement.agreement_id, []), deliveries)
    for charge in charges:
        charge.defects += defects_of_customer(charge.customer, deliveries)
        if charge.possible is not None:
            charge.possible = first_day_clear(charge.defects, charge.possible, scale.last_date)
    charges.sort(key=lambda charge: (charge.triggered_at, charge.billing_key))
    return Trade(orders, shipments, usage, charges)


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
        if order.terms_fix is not None:
            fixed = order.terms_fix[0]
            while deliveries.arrival("shop", "orders", fixed) <= order.known:
                fixed += DAY
            arrives = deliveries.arrival("shop", "orders", fixed)
            order.terms_fix = (fixed, arrives) if arrives <= scale.last_date else None
        if order.po_fix is None:
            continue
        fixed, po_number = order.po_fix
        while deliveries.arrival("shop", "orders", fixed) <= order.known:
            fixed += DAY
        arrives = deliveries.arrival("shop", "orders", fixed)
        order.po_fix = (fixed, po_number) if arrives <= scale.last_date else None
        order.po_known = arrives if order.po_fix else None
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
    if forgets and any(sku in agreed for sku, _ in basket):
        order.faults.append("price_not_agreed")
    # Two weeks are short: a small company makes the same mistakes more often, so that each is seen.
    fault_share = 0.3 if scale.days < 30 else 0.06
    wants_po = buyer.is_po_required or rng.random() < 0.25
    po_number = f"{rng.choice(('PO-', '45', 'B-'))}{rng.randint(100_000, 999_999)}"
    if buyer.is_po_required and rng.random() < fault_share:
        order.faults.append("missing_po")
        if rng.random() < 0.7:
            order.po_fix = (order.activity + rng.randint(2, 9) * DAY, po_number)
    elif wants_po:
        order.po_number = po_number
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
        if "missing_po" not in order.faults and rng.random() < 0.75:
            order.terms_fix = (order.activity + rng.randint(3, 15) * DAY, NEVER)
    elif rng.random() < 0.03:
        order.payment_terms = None
        order.faults.append("missing_terms")
    if rng.random() < 0.02:
        order.email = None
        order.faults.append("missing_bill_to_email")
    if rng.random() < 0.015:
        order.is_cancelled = True
    return order


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
        possible: date | None = max(order.known, shipment.known)
        frame = customer.frame
        if frame is None or frame.known is None:
            possible = None
        elif possible is not None:
            possible = max(possible, frame.known)
        po_number = order.po_number
        if "missing_po" in order.faults:
            po_number = order.po_fix[1] if order.po_fix else None
            possible = max(possible, order.po_known) if possible and order.po_known else None
        charges.append(
            Charge(
                billing_key=f"order|{order.number}|SHP-{shipment.shipment_id}|goods",
                kind="goods",
                customer=customer,
                triggered_at=shipment.shipped_at,
                possible=possible,
                lines=[
                    ChargeLine(
                        line.sku, line.title, quantity, line.price, line_amount(quantity, line.price, customer.currency)
                    )
                    for line, quantity in shipment.items
                ],
                agreement=None,
                order=order,
                po_number=po_number,
                defects=defects_of_order(order),
                known=max(order.known, shipment.known, frame.known if frame and frame.known else order.known),
            )
        )
    return charges


def _charge_agreement(
    scale: Scale, agreement: Agreement, usage: list[UsageEvent], deliveries: Deliveries
) -> list[Charge]:
    charges: list[Charge] = []
    customer = agreement.customer
    known = agreement.known or NEVER
    metered: dict[tuple[int, date], list[UsageEvent]] = {}
    for event in usage:
        metered.setdefault((event.line.line, event.occurred_at.date().replace(day=1)), []).append(event)

    def add(
        key: str, kind: str, trigger: datetime, trigger_known: date, line: ChargeLine,
        milestone: Milestone | None = None,
    ) -> None:  # fmt: skip
        possible: date | None = max(trigger_known, known, scale.first_date)
        could_be = max(trigger_known, known, scale.first_date)
        po_number = agreement.po_number
        if "missing_po" in agreement.faults:
            po_number = agreement.po_number if agreement.po_known else None
            possible = max(possible, agreement.po_known) if possible and agreement.po_known else None
        if possible is not None and possible > scale.last_date:
            possible = None
        wrong = defects_of_agreement(agreement, milestone, deliveries)
        charges.append(
            Charge(key, kind, customer, trigger, possible, [line], agreement, None, po_number, wrong, could_be)
        )

    for line in agreement.lines:
        prefix = f"contract|{agreement.agreement_id}|{line.line}"
        if line.kind == "retainer":
            months = 3 if line.frequency == "quarterly" else 1
            start = agreement.start
            while start <= agreement.end:
                trigger_day = start if line.in_advance else add_months(start, months)
                if trigger_day > scale.last_date:
                    break
                amount = line.amount or Decimal(0)
                amended = agreement.amendment_known
                if line.new_amount and amended and max(trigger_day, known) >= amended:
                    amount = line.new_amount
                trigger = datetime.combine(trigger_day, time(0), tzinfo=UTC)
                priced = ChargeLine(
                    f"{agreement.agreement_id}-{line.line}", f"{line.description} from {start}", Decimal(1), amount,
                    round_to_minor_unit(amount, customer.currency),
                )  # fmt: skip
                add(f"{prefix}|{start}|retainer", "retainer", trigger, trigger_day, priced)
                start = add_months(start, months)
        elif line.kind == "milestone":
            for milestone in line.milestones:
                if milestone.completed is None or not deliveries.is_delivered(
                    "projects", "milestones", milestone.completed
                ):
                    continue
                arrives = deliveries.arrival("projects", "milestones", milestone.completed)
                trigger = at(milestone.completed, Random(milestone.milestone_id), 9, 18)
                amount = line.amount or Decimal(0)
                priced = ChargeLine(
                    f"{agreement.agreement_id}-{line.line}", f"{line.description}: {milestone.name}", Decimal(1),
                    amount, round_to_minor_unit(amount, customer.currency),
                )  # fmt: skip
                key = f"{prefix}|{milestone.milestone_id}|milestone"
                add(key, "milestone", trigger, arrives, priced, milestone)
        else:
            start = agreement.start
            while start <= agreement.end and add_months(start, 1) <= scale.last_date:
                billed = add_months(start, 1)
                drafted = max(billed, known, scale.first_date)
                counted = [
                    event.quantity
                    for event in metered.get((line.line, start), ())
                    if deliveries.arrival("usage", "usage", event.file_day) <= drafted
                ]
                quantity = sum(counted, Decimal(0)) - (line.included_quantity or Decimal(0))
                if quantity > 0:
                    price = line.unit_price or Decimal(0)
                    net = line_amount(quantity, price, customer.currency)
                    priced = ChargeLine(
                        f"{agreement.agreement_id}-{line.line}", f"{line.metric} in {start:%Y-%m}", quantity, price, net
                    )
                    if net > 0:
                        trigger = datetime.combine(billed, time(0), tzinfo=UTC)
                        add(f"{prefix}|{start}|usage", "usage", trigger, billed, priced)
                start = billed
    return charges


def next_working_day(day: date) -> date:
    """Return the day itself when people work, else the next day they do."""
    while not is_business_day(day):
        day += DAY
    return day
