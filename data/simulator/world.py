"""The customers, products and agreements of the invented company."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from random import Random

from assets.ledger.money import round_to_minor_unit
from data.simulator import names
from data.simulator.calendars import DAY, add_months, month_start
from data.simulator.mending import mended_on
from data.simulator.scale import Scale

TERMS = {"NET15": 15, "NET30": 30, "NET45": 45, "2D10N30": 30}
TAX_RATES = {"DE19": Decimal("0.19"), "EU0": Decimal(0), "GB0": Decimal(0), "US0": Decimal(0)}
CURRENCIES = {"MEU": ("EUR", "GBP"), "MUS": ("USD",)}
REALM = {"MEU": "meu", "MUS": "mus"}


@dataclass(slots=True)
class Customer:
    """One company that really exists in this world, whatever number of records describe it."""

    customer_id: str
    legal_entity: str
    country: str
    currency: str
    base_name: str
    name: str
    tax_id: str
    city: str
    postal_code: str
    domain: str
    billing_email: str
    terms: str
    tax_code: str
    is_po_required: bool
    credit_limit: Decimal
    accounts: list[str]
    is_account_agreed: bool
    name_variants: list[str]
    weight: float
    mean_days_late: float
    created: date
    has_shop: bool
    accounting_ids: list[str] = field(default_factory=list)
    shop_ids: list[str] = field(default_factory=list)
    family: str | None = None
    parent: Customer | None = None
    agreements: list[Agreement] = field(default_factory=list)
    standing_basket: list[tuple[str, Decimal]] | None = None
    ordered_values: list[Decimal] = field(default_factory=list)
    tax_id_on_file: str = ""
    has_whole_address: bool = True
    record_fixed: date = date.max
    contact_bounced: date | None = None
    contact_fixed: date = date.max
    record_broken: date = date.max
    is_billed_together: bool = False

    @property
    def accounting_id(self) -> str:
        """The first accounting record, e.g. `meu:12`."""
        return self.accounting_ids[0]

    @property
    def accounting_reference(self) -> str:
        """The customer's number inside its accounting realm, e.g. `12`."""
        return self.accounting_id.split(":")[1]

    @property
    def frame(self) -> Agreement | None:
        """The agreement without lines under which the shop orders run."""
        return next((agreement for agreement in self.agreements if not agreement.lines), None)


@dataclass(slots=True)
class Line:
    """One line of an agreement. Retainers bill `amount` a period, milestones `amount` each, usage per unit."""

    line: int
    kind: str
    description: str
    amount: Decimal | None = None
    frequency: str | None = None
    in_advance: bool | None = None
    unit_price: Decimal | None = None
    included_quantity: Decimal | None = None
    metric: str | None = None
    milestones: list[Milestone] = field(default_factory=list)
    new_amount: Decimal | None = None
    anchor: str | None = None
    discount_percent: Decimal | None = None
    tiers: list[tuple[int | None, Decimal]] = field(default_factory=list)
    threshold: int | None = None
    minimum: Decimal | None = None
    commitment: Decimal | None = None
    activations: list[Activation] = field(default_factory=list)
    billed_when: str | None = None


@dataclass(slots=True)
class Milestone:
    """One task of the project tool that an agreement line bills when it is complete."""

    milestone_id: str
    name: str
    planned: date
    completed: date | None
    attached: date | None = None  # when what was missing at completion was attached


@dataclass(slots=True)
class Activation:
    """Units of a service that are set up together; billed once their provisioning is confirmed."""

    activation_id: str
    name: str
    quantity: int
    requested: date
    provisioned: date
    repeated: date | None = None  # the tool tells the same confirmation once more
    is_request_told_late: bool = False  # the request is told only after the confirmation


@dataclass(slots=True)
class Agreement:
    """What was agreed, with the days on which its versions were written down."""

    agreement_id: str
    customer: Customer
    start: date
    end: date
    signed: date
    po_number: str | None
    lines: list[Line]
    faults: list[str] = field(default_factory=list)
    po_fixed: date | None = None
    amended: date | None = None
    announced_end: date | None = None  # as it was signed, when it was cancelled since
    amendment_effective: date | None = None  # from when the amendment counts; without a day, from when it is known
    known: date | None = None
    po_known: date | None = None
    amendment_known: date | None = None
    prices: dict[str, Decimal] = field(default_factory=dict)
    attachments: tuple[str, ...] = ()
    po_valid_until: date | None = None
    po_extended: date = date.max


@dataclass(frozen=True, slots=True)
class Product:
    """One article with a list price per currency and its cost in EUR."""

    sku: str
    title: str
    prices: dict[str, Decimal]
    cost: Decimal


@dataclass(slots=True)
class World:
    """Everything that exists before the first order."""

    customers: list[Customer]
    products: list[Product]
    agreements: list[Agreement]


def build_world(scale: Scale, seed: int) -> World:
    """Invent customers with skewed volumes and shared names, products, and what was agreed with whom."""
    customers = _invent_customers(scale, Random(f"{seed}|customers"))
    products = _invent_products(scale, Random(f"{seed}|products"))
    agreements = _invent_agreements(scale, customers, Random(f"{seed}|agreements"))
    return World(customers, products, agreements)


def _invent_customers(scale: Scale, rng: Random) -> list[Customer]:
    customers: list[Customer] = []
    bases: list[str] = []
    ranks = list(range(scale.customers))
    rng.shuffle(ranks)
    next_number = {"MEU": 11, "MUS": 11}
    for index in range(scale.customers):
        legal_entity = "MUS" if rng.random() < 0.4 else "MEU"
        draw = rng.random()
        if legal_entity == "MUS":
            country, currency, tax_code = "US", "USD", "US0"
        elif draw < 0.25:
            country, currency, tax_code = "GB", "GBP", "GB0"
        elif draw < 0.75:
            country, currency, tax_code = "DE", "EUR", "DE19"
        else:
            country, currency, tax_code = rng.choice(("FR", "NL", "AT", "IT")), "EUR", "EU0"
        parent = None
        relatives = [customer for customer in customers[:400] if customer.currency == currency]
        if relatives and rng.random() < 0.24:
            parent = relatives[int(len(relatives) * rng.random() ** 2)] if rng.random() < 0.8 else rng.choice(customers)
            base_name = parent.base_name
        else:
            base_name = names.invent_base_name(rng)
            bases.append(base_name)
        name = names.legal_name(base_name, country, rng)
        city, postal_code = names.city_of(country, rng)
        if parent is not None and rng.random() < 0.5:
            name = f"{base_name} {city} {name.removeprefix(base_name).strip()}"
        domain = names.domain_of(base_name, index)
        is_new = rng.random() < 0.1 and index > 5
        created = scale.first_activity
        if is_new:
            created = scale.first_date + timedelta(days=rng.randint(0, max(scale.days * 3 // 4, 1)))
        has_many_names = rng.random() < 0.62
        weight = 1.0 / (ranks[index] + 4) ** 0.85
        number = next_number[legal_entity]
        next_number[legal_entity] += 1
        pays_through = parent if parent and parent.currency == currency and rng.random() < 0.7 else None
        customers.append(
            Customer(
                customer_id=f"C{index + 1:05d}",
                legal_entity=legal_entity,
                country=country,
                currency=currency,
                base_name=base_name,
                name=name,
                tax_id=names.invent_tax_id(country, index + 1, rng),
                city=city,
                postal_code=postal_code,
                domain=domain,
                billing_email=f"{rng.choice(('invoices', 'ap', 'accounts', 'rechnung'))}@{domain}",
                terms=rng.choices(list(TERMS), weights=(48, 28, 8, 16))[0],
                tax_code=tax_code,
                is_po_required=rng.random() < 0.35,
                credit_limit=Decimal(0),
                accounts=[names.invent_account(country, rng) for _ in range(2)],
                is_account_agreed=rng.random() < 0.82,
                name_variants=names.name_variants(base_name, name, city, rng) if has_many_names else [],
                weight=weight,
                mean_days_late=rng.choice((4.0, 8.0, 10.0, 14.0)),
                created=created,
                has_shop=rng.random() < 0.88,
                accounting_ids=[f"{REALM[legal_entity]}:{number}"],
                family=base_name,
                parent=pays_through,
            )
        )
    for customer in customers:
        customer.tax_id_on_file = customer.tax_id
        # A second accounting record for the same company: same tax number, another spelling.
        if customer.name_variants and customer.created == scale.first_activity and rng.random() < 0.04:
            number = next_number[customer.legal_entity]
            next_number[customer.legal_entity] += 1
            customer.accounting_ids.append(f"{REALM[customer.legal_entity]}:{number}")
        limit = Decimal(int(4000 + customer.weight * 900_000 * rng.uniform(0.5, 2.0)) // 1000 * 1000)
        customer.credit_limit = limit
        if customer.has_shop:
            count = 2 if rng.random() < 0.12 else 1
            customer.shop_ids = [f"{7_000_000 + int(customer.customer_id[1:]) * 10 + copy}" for copy in range(count)]
    return customers


def _invent_products(scale: Scale, rng: Random) -> list[Product]:
    kinds = ("Sensor", "Valve", "Bracket", "Filter", "Cable", "Pump", "Panel", "Relay", "Switch", "Housing", "Seal")
    grades = ("basic", "plus", "pro", "mini", "heavy", "steel", "blue", "twin")
    products = []
    for index in range(scale.products):
        price = Decimal(str(round(rng.lognormvariate(3.9, 1.0), 2))) + Decimal("0.90")
        products.append(
            Product(
                sku=f"SKU-{10_001 + index}",
                title=f"{rng.choice(kinds)} {rng.choice(grades)} {rng.randint(10, 999)}",
                prices={
                    "EUR": price,
                    "GBP": round_to_minor_unit(price * Decimal("0.86"), "GBP"),
                    "USD": round_to_minor_unit(price * Decimal("1.09"), "USD"),
                },
                cost=round_to_minor_unit(price * Decimal(rng.randint(45, 75)) / 100, "EUR"),
            )
        )
    return products


def _invent_agreements(scale: Scale, customers: list[Customer], rng: Random) -> list[Agreement]:
    agreements: list[Agreement] = []
    month = month_start(scale.first_date)
    number = 1001
    shown: set[str] = set()
    for customer in customers:
        has_contract = not customer.has_shop or rng.random() < 0.28
        faults: list[str] = []
        if customer.has_shop:
            signed = customer.created - rng.randint(20, 300) * DAY
            if customer.created > scale.first_activity:
                signed = customer.created
            draw = rng.random()
            if draw < 0.03:
                signed = mended_on(rng, max(customer.created, scale.first_activity))
                faults = ["agreement_known_late" if signed <= scale.last_activity else "no_agreement_known"]
                signed = min(signed, scale.last_date + 30 * DAY)
            frame = Agreement(
                agreement_id=f"CT-{number}",
                customer=customer,
                start=month_start(min(signed, scale.first_date)),
                end=add_months(month, 24) - DAY,
                signed=signed,
                po_number=None,
                lines=[],
                faults=faults,
            )
            number += 1
            customer.agreements.append(frame)
            agreements.append(frame)
        if has_contract and not faults:
            # The first contract of each legal entity has a line of every kind, so that no company lacks one.
            is_first = customer.legal_entity not in shown and customer.created == scale.first_activity
            contract = _invent_contract(scale, customer, f"CT-{number}", rng, has_every_kind=is_first)
            if is_first:
                shown.add(customer.legal_entity)
            number += 1
            customer.agreements.append(contract)
            agreements.append(contract)
    return agreements


def _invent_contract(
    scale: Scale, customer: Customer, agreement_id: str, rng: Random, *, has_every_kind: bool
) -> Agreement:
    """Return an agreement with lines. Nothing in it starts before the month openitem went live."""
    month = month_start(scale.first_date)
    is_new = customer.created > scale.first_activity or (rng.random() < 0.3 and not has_every_kind)
    months_ahead = 0
    signed = scale.first_activity - rng.randint(5, 60) * DAY
    if is_new:
        latest = max(scale.days // 30 - 1, 0)
        months_ahead = rng.randint(0, latest)
        signed = max(add_months(month, months_ahead) - DAY * rng.randint(-6, 14), customer.created, scale.first_date)
        if add_months(month, months_ahead) < month_start(signed):
            months_ahead += 1
    if scale.days < 60 and not is_new:
        months_ahead = -1
    start = add_months(month, months_ahead)
    size = Decimal(int(customer.weight * 90_000) + rng.randint(2, 14) * 100)
    lines: list[Line] = []
    kinds = rng.sample(("retainer", "usage", "milestone", "retainer"), k=rng.choice((1, 1, 2, 3)))
    if has_every_kind:
        kinds = ["retainer", "usage", "milestone"]
    for position, kind in enumerate(kinds, start=1):
        cents = Decimal(rng.choice(("0.00", "0.50", "0.90", "0.00", f"0.{rng.randint(10, 99)}")))
        if kind == "retainer":
            frequency = "quarterly" if rng.random() < 0.2 else "monthly"
            in_advance = rng.random() < 0.75
            line = Line(position, kind, f"{rng.choice(('Support', 'Care', 'Advisory', 'Platform'))} retainer")
            line.amount = (size * (3 if frequency == "quarterly" else 1) + cents).quantize(Decimal("0.01"))
            line.frequency, line.in_advance = frequency, in_advance
        elif kind == "usage":
            line = Line(position, kind, "Usage beyond the included quantity")
            line.unit_price = Decimal(rng.choice(("0.0125", "0.0345", "0.021", "0.0075")))
            line.included_quantity = Decimal(0 if has_every_kind else rng.choice((0, 1000, 5000, 20000)))
            line.metric = rng.choice(("api_calls", "gb_hours", "documents"))
        else:
            line = Line(position, kind, rng.choice(("Implementation", "Roll-out", "Migration")))
            line.amount = (size * rng.randint(2, 5) + cents).quantize(Decimal("0.01"))
            day = max(signed, scale.first_date)
            for step in range(rng.randint(2, 6)):
                day = day + DAY * rng.randint(4 if scale.days < 30 else 12, 10 if scale.days < 30 else 40)
                name = ("Kick-off", "Design", "Pilot", "Go-live", "Hand-over", "Review")[step]
                slip = rng.randint(0, 9)
                completed = day + slip * DAY if day + slip * DAY <= scale.last_activity else None
                line.milestones.append(Milestone(f"{agreement_id}-M{position}{step + 1}", name, day, completed))
        lines.append(line)
    has_usage = any(line.kind == "usage" for line in lines)
    agreement = Agreement(
        agreement_id=agreement_id,
        customer=customer,
        start=start,
        end=add_months(start, rng.choice((3, 6, 12, 12, 24))) - DAY,
        signed=signed,
        po_number=f"PO-{rng.randint(100_000, 999_999)}" if customer.is_po_required or rng.random() < 0.3 else None,
        lines=lines,
    )
    if customer.is_po_required and not has_usage and rng.random() < 0.12:
        agreement.faults.append("missing_po")
        fixed = mended_on(rng, max(signed, start, scale.first_date))
        agreement.po_fixed = fixed if fixed <= scale.last_activity else None
    can_be_amended = [line for line in lines if line.kind == "retainer" and line.in_advance]
    if can_be_amended and can_be_amended[0].amount and not agreement.faults and scale.days > 60 and rng.random() < 0.15:
        agreement.amended = add_months(start, rng.randint(1, 3)) + rng.randint(9, 19) * DAY
        can_be_amended[0].new_amount = round_to_minor_unit(can_be_amended[0].amount * Decimal("1.05"), "EUR")
    return agreement
