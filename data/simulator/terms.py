"""Which terms beyond the plain ones contracts have: anchors, parts of periods, discounts, tiers, minimums, true-ups.

Each kind is dealt out in turn, so that every legal entity has all of them whatever its size.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from itertools import count
from random import Random

from assets.ledger.money import round_to_minor_unit
from data.simulator.calendars import DAY, add_months, month_start
from data.simulator.scale import Scale
from data.simulator.world import Activation, Agreement, Customer, Line, World

# Customers whose charges of a month are approved together and stand on one invoice: policy/billing_groups.csv.
BILLED_TOGETHER = ("mus:11", "mus:16")
RETAINERS = (
    "begins_in_mid_month", "changes_in_mid_term", "discounted", "ends_in_mid_month", "anchored", "changes_in_mid_term",
    "cancelled", "quarters_of_the_calendar", "changes_in_mid_term",
)  # fmt: skip
METERS = ("tiers", "minimum", "threshold", "commitment", "tiers_and_discount", "minimum_and_commitment", "plain")


def vary_agreements(scale: Scale, seed: int, world: World) -> None:
    """Give contracts their special terms, some a service that is provisioned, and two customers one invoice a month."""
    for customer in world.customers:
        if set(customer.accounting_ids) & set(BILLED_TOGETHER):
            _bill_together(scale, world, customer)
    turns: dict[tuple[str, str], Iterator[int]] = {}
    for agreement in world.agreements:
        entity = agreement.customer.legal_entity
        rng = Random(f"{seed}|terms|{agreement.agreement_id}")
        for kind, chosen, vary in (("retainer", RETAINERS, _vary_retainer), ("usage", METERS, _vary_meter)):
            line = next((line for line in agreement.lines if line.kind == kind), None)
            if line is not None and not agreement.customer.is_billed_together:
                turn = next(turns.setdefault((entity, kind), count()))
                vary(scale, rng, agreement, line, chosen[turn % len(chosen)])
        if agreement.lines and next(turns.setdefault((entity, "service"), count())) % 5 == 1:
            _provision(scale, rng, agreement)


def _bill_together(scale: Scale, world: World, customer: Customer) -> None:
    """Give a customer a contract of two retainers and a meter, so that each month has several charges."""
    customer.is_billed_together = True
    start = add_months(month_start(scale.first_date), -1 if scale.days < 60 else 0)
    size = Decimal(int(customer.weight * 40_000) + 300)
    agreement = Agreement(
        agreement_id=f"CT-{customer.accounting_reference}B",
        customer=customer,
        start=start,
        end=add_months(start, 24) - DAY,
        signed=scale.first_activity - 9 * DAY,
        po_number="PO-700100" if customer.is_po_required else None,
        lines=[
            Line(1, "retainer", "Hosting retainer", amount=size, frequency="monthly", in_advance=True),
            Line(2, "retainer", "Support retainer", amount=size / 4, frequency="monthly", in_advance=True),
            Line(
                3, "usage", "Usage beyond the included quantity", unit_price=Decimal("0.0125"),
                included_quantity=Decimal(0), metric="api_calls",
            ),
        ],
    )  # fmt: skip
    customer.agreements.append(agreement)
    world.agreements.append(agreement)


def _vary_retainer(scale: Scale, rng: Random, agreement: Agreement, line: Line, kind: str) -> None:
    if kind == "discounted":
        line.discount_percent = Decimal(rng.choice(("5", "7.5", "12.5")))
    elif kind == "anchored":
        line.anchor = rng.choice(("15", "31"))
    elif kind == "begins_in_mid_month":
        agreement.start += rng.randint(8, 19) * DAY
        line.anchor = "calendar"
    elif kind == "quarters_of_the_calendar":
        agreement.start += rng.randint(3, 12) * DAY
        line.anchor, line.frequency = "calendar", "quarterly"
        line.amount = (line.amount or Decimal(0)) * 2
    elif kind == "ends_in_mid_month":
        _end_within(scale, rng, agreement, whole_month=False)
    elif kind == "changes_in_mid_term":
        _change(scale, rng, agreement, line)
    elif kind == "cancelled":
        _cancel(scale, rng, agreement)


def _end_within(scale: Scale, rng: Random, agreement: Agreement, *, whole_month: bool) -> None:
    """Let an agreement end while we look: two or three months after its start, or before the last days."""
    month = add_months(month_start(agreement.start), rng.choice((2, 3)))
    last = month_start(scale.last_date)
    if scale.days < 60 or month > last:
        month = last
    ends = month - DAY if whole_month else month + rng.randint(6, 21) * DAY
    if ends > agreement.start:
        agreement.end = ends


def _cancel(scale: Scale, rng: Random, agreement: Agreement) -> None:
    """Let a customer cancel to the end of a month, some weeks before it; what would follow is not billed."""
    is_monthly = all(line.frequency in (None, "monthly") for line in agreement.lines)
    ends = add_months(month_start(max(agreement.start, scale.first_date)), rng.choice((2, 3))) - DAY
    written = ends - rng.randint(8, 25) * DAY
    is_within = agreement.signed + DAY < written and scale.first_date < written and ends < scale.last_activity
    if _is_unchanged(agreement) and is_monthly and agreement.start.day == 1 and is_within and ends < agreement.end:
        agreement.announced_end, agreement.end = agreement.end, ends
        agreement.amended = agreement.amendment_effective = written


def _is_unchanged(agreement: Agreement) -> bool:
    return not agreement.faults and agreement.amended is None and agreement.po_valid_until is None


def _change(scale: Scale, rng: Random, agreement: Agreement, line: Line) -> None:
    """Amend a price from a day within a period. In Europe only what is billed in arrears, before its invoice."""
    if (
        not _is_unchanged(agreement)
        or line.amount is None
        or (agreement.customer.legal_entity == "MEU" and line.in_advance)
    ):
        return
    begins = max(agreement.start, scale.first_date)
    month = add_months(month_start(begins), rng.randint(1, 3)) if scale.days > 60 else month_start(scale.last_date)
    effective = month + rng.randint(18 if scale.days < 60 else 7, 21) * DAY
    written = effective + DAY * (rng.choice((-11, -4, 3, 8)) if scale.days > 60 else rng.choice((-1, 2)))
    if agreement.customer.legal_entity == "MEU":
        written = effective - rng.randint(2, 9) * DAY
    written = max(written, agreement.signed + DAY, scale.first_date)
    if agreement.start < effective < agreement.end and max(written, effective) < scale.last_activity:
        agreement.amended, agreement.amendment_effective = written, effective
        line.new_amount = round_to_minor_unit(line.amount * Decimal("1.10"), agreement.customer.currency)


def _vary_meter(scale: Scale, rng: Random, agreement: Agreement, line: Line, kind: str) -> None:
    """Change what metered units cost, by how many a customer of this size uses in a month."""
    price = line.unit_price or Decimal(0)
    month = max(1200, int(agreement.customer.weight * 500_000)) // 100 * 100
    if "tiers" in kind:
        line.tiers = [
            (month // 2, price),
            (month * 2, (price * Decimal("0.8")).quantize(Decimal("0.0001"))),
            (None, (price * Decimal("0.55")).quantize(Decimal("0.0001"))),
        ]
    if "minimum" in kind:
        line.minimum = round_to_minor_unit(price * month * Decimal("1.1"), agreement.customer.currency) + 25
    if "threshold" in kind:
        line.threshold, line.included_quantity = max(month // 2, 500), Decimal(0)
    if "commitment" in kind and scale.days > 60:
        line.commitment = round_to_minor_unit(price * month * 30, agreement.customer.currency) + 900
        _end_within(scale, rng, agreement, whole_month=kind == "commitment")
    if "discount" in kind:
        line.discount_percent = Decimal("5")


def _provision(scale: Scale, rng: Random, agreement: Agreement) -> None:
    """Add a service that is activated in parts, each billed by its units once its provisioning is confirmed."""
    number = len(agreement.lines) + 1
    line = Line(number, "milestone", rng.choice(("Licences", "Managed devices")), billed_when="provisioned")
    line.unit_price = Decimal(rng.choice(("18.50", "7.25", "42.00")))
    day = max(agreement.signed, agreement.start, scale.first_date)
    for part in range(1, rng.randint(3, 5)):
        requested = day + rng.randint(1, 3) * DAY
        day = requested + rng.randint(1, 4 if scale.days < 30 else 20) * DAY
        if day >= scale.last_activity:
            break
        activation = Activation(
            f"{agreement.agreement_id}-A{number}{part}", f"batch {part}", rng.randint(5, 60), requested, day
        )
        if rng.random() < 0.3:
            activation.repeated = day + rng.randint(1, 5) * DAY
        activation.is_request_told_late = rng.random() < 0.3
        line.activations.append(activation)
    agreement.lines.append(line)
