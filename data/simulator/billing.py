"""Invoices of both legal entities and the reviewer's approvals; what customers object to is in `objecting.py`.

Meridian Europe invoices in its accounting system, zero to three days after the trigger, mostly what should be
billed. Meridian US invoices here: the scripted reviewer approves a draft the day after it became possible, some
later, and the numbers follow the order of approval.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from random import Random

from assets.ledger.money import line_amount, tax_amount
from data.simulator.calendars import DAY
from data.simulator.charging import change_in_mid_term, triggered_on
from data.simulator.defects import first_day_clear
from data.simulator.deliveries import Deliveries
from data.simulator.scale import Scale
from data.simulator.trade import Charge, ChargeLine, Trade, at, next_working_day
from data.simulator.world import TAX_RATES, TERMS, Customer, World


@dataclass(slots=True)
class Invoice:
    """One issued invoice and what becomes of it."""

    number: str
    customer: Customer
    accounting_id: str
    billing_key: str | None
    kind: str
    issued: date
    issued_at: datetime
    due: date
    terms: str
    lines: list[ChargeLine]
    net: Decimal
    tax: Decimal
    po_number: str | None
    origin: str
    billing_reference: str | None = None
    known: date = date.max
    quickbooks_id: str | None = None
    quickbooks_activity: date | None = None
    faults: list[str] = field(default_factory=list)
    credited: Decimal = Decimal(0)
    credited_on: date | None = None
    pay_not_before: date | None = None
    is_disputed: bool = False
    charge: Charge | None = None
    charges: list[Charge] = field(default_factory=list)
    paid: Decimal = Decimal(0)
    versions: list[tuple[date, Decimal]] = field(default_factory=list)

    @property
    def total(self) -> Decimal:
        """Gross amount."""
        return self.net + self.tax

    @property
    def open_amount(self) -> Decimal:
        """What is left after credit memos and receipts, by what the payers really meant."""
        return self.total - self.credited - self.paid


@dataclass(slots=True)
class CreditMemo:
    """One credit memo of the accounting system, for an invoice."""

    number: str
    invoice: Invoice
    issued: date
    issued_at: datetime
    net: Decimal
    tax: Decimal
    reason: str
    is_linked: bool
    known: date = date.max
    quickbooks_id: str | None = None

    @property
    def total(self) -> Decimal:
        """Gross amount credited."""
        return self.net + self.tax


@dataclass(slots=True)
class Dispute:
    """What a customer contests, and how it ended."""

    dispute_id: str
    invoice: Invoice
    reason: str
    amount: Decimal
    opened_at: datetime
    resolved_at: datetime | None
    outcome: str | None


@dataclass(frozen=True, slots=True)
class Rejection:
    """One answer of a platform or buyer that refuses an invoice."""

    response_id: str
    invoice: Invoice
    status: str
    reason_code: str
    field_name: str
    responded_at: datetime
    upstream_system: str
    upstream_field: str
    is_preventable: bool


@dataclass(frozen=True, slots=True)
class Approval:
    """One line of the scripted reviewer."""

    business_date: date
    position: int
    billing_key: str


@dataclass(slots=True)
class Billing:
    """All documents."""

    invoices: list[Invoice]
    credit_memos: list[CreditMemo]
    disputes: list[Dispute]
    rejections: list[Rejection]
    approvals: list[Approval]
    missing: list[Charge]


def run_billing(scale: Scale, seed: int, world: World, trade: Trade, deliveries: Deliveries) -> Billing:
    """Issue every invoice of the window and the open ones from before; nobody has objected yet."""
    opening = _opening_book(scale, Random(f"{seed}|opening"), world)
    european, missing = _invoice_in_accounting(scale, Random(f"{seed}|accounting"), trade, len(opening), deliveries)
    american, approvals = _invoice_here(scale, Random(f"{seed}|reviewer"), trade)
    invoices = sorted([*opening, *european, *american], key=lambda invoice: (invoice.issued_at, invoice.number))
    return Billing(invoices, [], [], [], approvals, missing)


def _due(issued: date, terms: str) -> date:
    return issued + timedelta(days=TERMS[terms])


def _opening_book(scale: Scale, rng: Random, world: World) -> list[Invoice]:
    """Return invoices from before the window that are still wholly open; accounting delivers them on the first day."""
    customers = [customer for customer in world.customers if customer.created == scale.first_activity]
    count = int(len(customers) * scale.opening_invoices_per_customer)
    weights = [customer.weight for customer in customers]
    drafts: list[tuple[date, Customer]] = []
    for _ in range(count):
        customer = rng.choices(customers, weights)[0] if rng.random() < 0.6 else rng.choice(customers)
        age = rng.randint(1, TERMS[customer.terms] + 14)
        if rng.random() < 0.05:
            age = rng.randint(70, 200)
        drafts.append((scale.first_activity - age * DAY, customer))
    drafts.sort(key=lambda draft: (draft[0], draft[1].customer_id))
    numbers = {"MEU": 103_412, "MUS": 20_417}
    invoices = []
    for issued, customer in drafts:
        number = numbers[customer.legal_entity]
        numbers[customer.legal_entity] += rng.choice((1, 1, 1, 2))
        product = rng.choice(world.products)
        quantity = Decimal(max(1, int(rng.lognormvariate(2.9, 0.9))))
        price = product.prices[customer.currency]
        line = ChargeLine(product.sku, product.title, quantity, price, line_amount(quantity, price, customer.currency))
        invoices.append(
            Invoice(
                number=f"RE{number}" if customer.legal_entity == "MEU" else f"USL-{number}",
                customer=customer,
                accounting_id=customer.accounting_id,
                billing_key=None,
                kind="opening",
                issued=issued,
                issued_at=at(issued, rng, 14, 19),
                due=_due(issued, customer.terms),
                terms=customer.terms,
                lines=[line],
                net=line.net,
                tax=tax_amount([line.net], TAX_RATES[customer.tax_code], customer.currency),
                po_number=f"PO-{rng.randint(100_000, 999_999)}" if customer.is_po_required else None,
                origin="opening",
                known=scale.first_date,
                quickbooks_activity=scale.first_activity,
            )
        )
    return invoices


def _invoice_in_accounting(
    scale: Scale, rng: Random, trade: Trade, opening_count: int, deliveries: Deliveries
) -> tuple[list[Invoice], list[Charge]]:
    invoices: list[Invoice] = []
    missing: list[Charge] = []
    for charge in trade.charges:
        customer = charge.customer
        if customer.legal_entity != "MEU":
            continue
        lag = rng.choices((0, 1, 2, 3), weights=(30, 35, 22, 13))[0]
        faults: list[str] = []
        draw = rng.random()
        if draw < 0.008:
            faults.append("not_invoiced")
        elif draw < 0.03:
            lag = rng.randint(8, 30)
            faults.append("invoiced_late")
        trigger_day = max(charge.triggered_at.date(), scale.first_activity)
        if charge.agreement is not None:
            trigger_day = max(trigger_day, charge.agreement.signed)
        issued = next_working_day(trigger_day + lag * DAY)
        if issued > scale.last_activity:
            continue
        if "not_invoiced" in faults:
            missing.append(charge)
            continue
        lines = charge.lines
        if charge.lines_before and issued < charge.lines_right_from and charge.known < charge.lines_right_known:
            lines = charge.lines_before
        if rng.random() < 0.012 and lines is charge.lines:
            faults.append("wrong_price")
            first = lines[0]
            price = (first.unit_price * Decimal(rng.choice(("1.05", "0.95", "1.10", "0.90")))).quantize(
                first.unit_price
            )
            lines = [
                ChargeLine(
                    first.product_id, first.description, first.quantity, price,
                    line_amount(first.quantity, price, customer.currency),
                ),
                *lines[1:],
            ]  # fmt: skip
        po_number = charge.po_number
        wrong = [defect for defect in charge.defects if defect.stood_on(issued)]
        was_not_given = any(defect.cause == "MISSING_PO" for defect in wrong)
        if was_not_given or (po_number and rng.random() < 0.012):
            faults.append("missing_po")
            po_number = None
        reference: str | None = charge.billing_key
        if rng.random() < 0.01 and not wrong and "wrong_price" not in faults:
            faults.append("missing_billing_reference")
            reference = None
        terms = customer.terms
        if rng.random() < 0.006:
            terms = rng.choice([other for other in TERMS if other != terms])
            faults.append("terms_differ_from_agreement")
        net = sum((line.net for line in lines), Decimal(0))
        first_moment = charge.triggered_at + timedelta(minutes=rng.randint(10, 90))
        issued_at = max(at(issued, rng, 14, 18), first_moment) if first_moment.date() == issued else at(issued, rng)
        invoices.append(
            Invoice(
                number="",
                customer=customer,
                accounting_id=rng.choice(customer.accounting_ids),
                billing_key=charge.billing_key,
                kind=charge.kind,
                issued=issued,
                issued_at=issued_at,
                due=_due(issued, terms),
                terms=terms,
                lines=lines,
                net=net,
                tax=tax_amount((line.net for line in lines), TAX_RATES[customer.tax_code], customer.currency),
                po_number=po_number,
                origin="accounting",
                charges=[charge],
                billing_reference=reference,
                known=deliveries.arrival("quickbooks", "meu-invoices", issued),
                quickbooks_activity=issued,
                faults=faults,
                charge=charge,
            )
        )
    invoices.sort(key=lambda invoice: (invoice.issued_at, invoice.billing_key or ""))
    for index, invoice in enumerate(invoices):
        invoice.number = f"RE{103_412 + 2 * opening_count + 50 + index}"
    return invoices, missing


def _invoice_here(scale: Scale, rng: Random, trade: Trade) -> tuple[list[Invoice], list[Approval]]:
    """Let the reviewer approve what can be billed; what one day bills of a customer billed together is one invoice."""
    decided: list[tuple[date, float, Charge]] = []
    added: list[Charge] = []
    for charge in trade.charges:
        if charge.customer.legal_entity != "MUS":
            continue
        day = _approval_day(scale, rng, charge)
        amendment = charge.amendment
        if amendment is not None and charge.possible is not None:
            change = change_in_mid_term(charge, scale) if day is not None and day < amendment.known else None
            if change is not None:
                added.append(change)
                if (changed := _approval_day(scale, rng, change)) is not None:
                    decided.append((changed, rng.random(), change))
            elif day is None or day >= amendment.known:
                charge.lines = amendment.lines
        if day is not None:
            decided.append((day, rng.random(), charge))
    trade.charges.extend(added)
    decided.sort(key=lambda item: (item[0], item[1], item[2].billing_key))
    approvals: list[Approval] = []
    positions: dict[date, int] = {}
    together: dict[tuple[object, ...], tuple[date, list[Charge]]] = {}
    for day, _, charge in decided:
        positions[day] = positions.get(day, 0) + 1
        approvals.append(Approval(day, positions[day], charge.billing_key))
        one: tuple[object, ...] = (day, charge.billing_key)
        if charge.customer.is_billed_together:
            one = (day, charge.customer.customer_id, charge.po_number, triggered_on(charge).replace(day=1))
        together.setdefault(one, (day, []))[1].append(charge)
    return _issue(rng, list(together.values())), approvals


def _approval_day(scale: Scale, rng: Random, charge: Charge) -> date | None:
    """Return when the reviewer approves: the day after it became possible, rarely later, never what is blocked."""
    wait = 1 if rng.random() < 0.965 else rng.randint(3, 21)
    if charge.possible is None:
        return None
    day = charge.possible + wait * DAY
    clear = first_day_clear(charge.defects, day, scale.last_date)
    if clear is not None and clear != day:
        clear += DAY  # the reviewer looks again the day after it was put right
        clear = first_day_clear(charge.defects, clear, scale.last_date)
    return clear


def _issue(rng: Random, together: list[tuple[date, list[Charge]]]) -> list[Invoice]:
    """Return one invoice for each day's list of charges, numbered in the order in which they were approved."""
    invoices: list[Invoice] = []
    series: dict[int, int] = {}
    for day, approved in together:
        series[day.year] = series.get(day.year, 0) + 1
        charges = sorted(approved, key=lambda charge: charge.billing_key)
        first, customer = charges[0], charges[0].customer
        lines = [line for charge in charges for line in charge.lines]
        invoices.append(
            Invoice(
                number=f"MUS-{day.year}-{series[day.year]:05d}",
                customer=customer,
                accounting_id=customer.accounting_id,
                billing_key=first.billing_key,
                kind=first.kind,
                issued=day,
                issued_at=at(day, rng, 14, 18),
                due=_due(day, customer.terms),
                terms=customer.terms,
                lines=lines,
                net=sum((line.net for line in lines), Decimal(0)),
                tax=tax_amount((line.net for line in lines), TAX_RATES[customer.tax_code], customer.currency),
                po_number=first.po_number,
                origin="openitem",
                known=day,
                quickbooks_activity=day,
                charge=first,
                charges=charges,
            )
        )
    return invoices
