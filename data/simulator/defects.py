"""What is wrong in the company's records long before an invoice goes out, and until when.

An invoice made while one of these stands comes back: platforms check addresses and tax numbers, buyers what they
ordered. Each has the days on which it was really so and the days on which our files show it, so that the truth can
say which rejection somebody could have seen coming.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from random import Random
from typing import TYPE_CHECKING

from assets.ledger.money import round_to_minor_unit
from data.simulator import names
from data.simulator.calendars import DAY, add_months
from data.simulator.deliveries import Deliveries
from data.simulator.mending import NEVER, mended_on
from data.simulator.scale import Scale
from data.simulator.world import REALM

if TYPE_CHECKING:
    from data.simulator.trade import Order
    from data.simulator.world import Agreement, Customer, Milestone, World


@dataclass(frozen=True, slots=True)
class Defect:
    """One thing that is wrong: why invoices come back, where it must be put right, and when it was so and was seen."""

    cause: str
    system: str
    field: str
    began: date
    ended: date  # the first day on which it is right again
    seen_from: date
    seen_until: date  # the first day on which our files show it right again

    def stood_on(self, day: date) -> bool:
        """Return whether it was wrong on a day."""
        return self.began <= day < self.ended

    def was_seen_on(self, day: date) -> bool:
        """Return whether our files showed it on a day."""
        return self.seen_from <= day < self.seen_until


def plant_defects(scale: Scale, seed: int, world: World) -> None:
    """Let a few customers, contracts and milestones have something wrong; most of it is put right some day."""
    rng = Random(f"{seed}|defects")
    share = 4 if scale.days < 30 else 1
    for customer in world.customers:
        draw = rng.random()
        begins = scale.first_date + rng.randint(0, max(2, scale.days * 3 // 4)) * DAY
        ends = mended_on(rng, begins)
        if len(customer.accounting_ids) > 1 or customer.created > scale.first_activity:
            continue
        if draw < 0.015 * share:
            customer.tax_id_on_file = names.mistyped(customer.tax_id)
            customer.record_broken, customer.record_fixed = begins, ends
        elif draw < 0.035 * share:
            customer.has_whole_address = False
            customer.record_broken, customer.record_fixed = begins, ends
        elif draw < 0.085 * share:
            customer.contact_bounced, customer.contact_fixed = begins + DAY, mended_on(rng, begins + DAY)
    for agreement in world.agreements:
        _plant_in_agreement(scale, rng, agreement, world, share)


def _plant_in_agreement(scale: Scale, rng: Random, agreement: Agreement, world: World, share: int) -> None:
    draw = rng.random()
    if not agreement.lines:
        if draw < 0.3:
            for product in rng.sample(world.products[:30], k=3):
                price = product.prices[agreement.customer.currency]
                agreed = round_to_minor_unit(price * Decimal("0.95"), agreement.customer.currency)
                agreement.prices[product.sku] = agreed
        return
    has_milestones = any(line.milestones for line in agreement.lines)
    if has_milestones and rng.random() < 0.5:
        agreement.attachments = ("acceptance_protocol",)
        for line in agreement.lines:
            for milestone in line.milestones:
                if rng.random() < 0.12 * share and milestone.completed:
                    milestone.attached = mended_on(rng, max(milestone.completed, scale.first_date))
    is_plain = not agreement.faults and agreement.amended is None and agreement.po_number is not None
    if is_plain and draw < 0.08 * share and scale.days > 60:
        agreement.po_valid_until = add_months(agreement.start, rng.randint(1, 3)) + rng.randint(5, 20) * DAY
        agreement.po_extended = mended_on(rng, agreement.po_valid_until)


def defects_of_customer(customer: Customer, deliveries: Deliveries) -> list[Defect]:
    """Return what is wrong in the records of a customer."""
    found = []
    realm = REALM[customer.legal_entity]
    record = (
        customer.record_broken, customer.record_fixed,
        _arrives(deliveries, "quickbooks", f"{realm}-customers", customer.record_broken),
        _arrives(deliveries, "quickbooks", f"{realm}-customers", customer.record_fixed),
    )  # fmt: skip
    if customer.tax_id_on_file != customer.tax_id:
        found.append(Defect("INVALID_TAX_ID", "quickbooks", "PrimaryTaxIdentifier", *record))
    if not customer.has_whole_address:
        found.append(Defect("ADDRESS_WRONG", "quickbooks", "BillAddr", *record))
    if customer.contact_bounced is not None:
        found.append(
            Defect(
                "WRONG_RECIPIENT", "hubspot", "billing_email", customer.contact_bounced, customer.contact_fixed,
                _arrives(deliveries, "hubspot", "contacts", customer.contact_bounced),
                _arrives(deliveries, "hubspot", "contacts", customer.contact_fixed),
            )
        )  # fmt: skip
    return found


def defects_of_order(order: Order) -> list[Defect]:
    """Return what is wrong on a shop order, for all that is shipped of it."""
    found = []
    fixed, seen = order.mended or NEVER, order.mended_known or NEVER
    if "inconsistent_terms" in order.faults:
        found.append(Defect("TERMS_DIFFER", "shop", "payment_terms", date.min, fixed, order.known, seen))
    if "missing_po" in order.faults:
        found.append(Defect("MISSING_PO", "shop", "po_number", date.min, seen, order.known, seen))
    return found


def defects_of_prices(order: Order, lines: set[int]) -> list[Defect]:
    """Return what is wrong with the prices of these lines of a shop order."""
    wrong = {line.line for line, right in zip(order.lines, order.right_lines, strict=True) if line.price != right.price}
    fixed, seen = order.mended or NEVER, order.mended_known or NEVER
    where = "shop", "line_items.price"
    return [Defect("PRICE_DIFFERS_FROM_ORDER", *where, date.min, fixed, order.known, seen)] if wrong & lines else []


def defects_of_agreement(agreement: Agreement, milestone: Milestone | None, deliveries: Deliveries) -> list[Defect]:
    """Return what is wrong in a contract, and for a milestone of it."""
    found = []
    if "missing_po" in agreement.faults:
        seen = agreement.po_known or NEVER
        found.append(Defect("MISSING_PO", "contracts", "po_number", date.min, seen, date.min, seen))
    if agreement.po_valid_until is not None:
        closed = agreement.po_valid_until + DAY
        found.append(
            Defect(
                "WRONG_PO", "contracts", "po_valid_until", closed, agreement.po_extended, closed,
                _arrives(deliveries, "contracts", "agreements", agreement.po_extended),
            )
        )  # fmt: skip
    if milestone is not None and milestone.attached is not None:
        found.append(
            Defect(
                "ATTACHMENT_MISSING", "projects", "attachments", date.min, milestone.attached, date.min,
                _arrives(deliveries, "projects", "milestones", milestone.attached),
            )
        )  # fmt: skip
    return found


def first_day_clear(defects: list[Defect], day: date, last: date) -> date | None:
    """Return the first day from a day on on which our files show none of them; None when there is none."""
    while day <= last:
        if not any(defect.was_seen_on(day) for defect in defects):
            return day
        day += DAY
    return None


def _arrives(deliveries: Deliveries, system: str, kind: str, day: date) -> date:
    if day >= deliveries.scale.last_date:
        return NEVER
    arrives = deliveries.arrival(system, kind, day)
    return arrives if arrives <= deliveries.scale.last_date else NEVER
