"""What customers and platforms object to: refusals with their cause upstream, disputes and the credit that follows."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from random import Random

from assets.ledger.money import round_to_minor_unit, tax_amount
from data.simulator.billing import Billing, CreditMemo, Dispute, Invoice, Rejection
from data.simulator.calendars import DAY
from data.simulator.deliveries import Deliveries
from data.simulator.scale import Scale
from data.simulator.trade import at, next_working_day
from data.simulator.world import REALM, TAX_RATES

DISPUTE_REASONS = ("price_differs", "quantity_short", "damaged_goods", "not_ordered", "service_not_delivered")
# How a cause comes back: who says so, and the field that the answer names.
ANSWERS = {
    "MISSING_PO": ("rejected_by_platform", "purchase_order_number"),
    "INVALID_TAX_ID": ("rejected_by_platform", "customer_tax_id"),
    "ADDRESS_WRONG": ("rejected_by_platform", "customer_address"),
    "WRONG_PO": ("refused_by_buyer", "purchase_order_number"),
    "WRONG_RECIPIENT": ("refused_by_buyer", "bill_to_email"),
    "TERMS_DIFFER": ("refused_by_buyer", "payment_terms"),
    "PRICE_DIFFERS_FROM_ORDER": ("refused_by_buyer", "unit_price"),
    "ATTACHMENT_MISSING": ("refused_by_buyer", "attachments"),
    "MISSING_REFERENCE": ("refused_by_buyer", "billing_reference"),
}
# What no record of ours could have told: the buyer's own list of orders, its new mailbox, a reference of its own.
UNFORESEEABLE = ("WRONG_PO", "WRONG_RECIPIENT", "MISSING_REFERENCE")


def run_objections(scale: Scale, seed: int, billing: Billing, deliveries: Deliveries) -> None:
    """Let customers and platforms refuse, dispute and accept invoices; what is granted becomes a credit memo."""
    rng = Random(f"{seed}|objections")
    memos, disputes, rejections = billing.credit_memos, billing.disputes, billing.rejections
    for invoice in billing.invoices:
        seen = max(invoice.issued, scale.first_activity)
        cause = _cause(invoice)
        draw = rng.random()
        if cause is None and draw < (0.05 if scale.days < 30 else 0.025):
            _dispute(scale, rng, invoice, seen, memos, disputes)
            continue
        if cause is None and (invoice.origin == "opening" or draw >= (0.08 if scale.days < 30 else 0.045)):
            continue
        responded = seen + rng.randint(1, 6) * DAY
        invoice.pay_not_before = responded + rng.randint(5, 20) * DAY
        foreseen = cause is not None
        if cause is None:
            cause = _unforeseen(invoice, rng.choice(UNFORESEEABLE))
        if responded <= scale.last_activity:
            reason, system, field_name = cause
            status, named = ANSWERS[reason]
            is_preventable = foreseen and _was_foreseeable(invoice, reason)
            rejections.append(
                Rejection(
                    f"RSP-{50_001 + len(rejections)}", invoice, status, reason, named, at(responded, rng),
                    system, field_name, is_preventable,
                )
            )  # fmt: skip
    memos.sort(key=lambda memo: (memo.issued_at, memo.invoice.number))
    for index, memo in enumerate(memos):
        memo.number = f"GS{40_211 + index}"
        memo.known = deliveries.arrival("quickbooks", f"{REALM['MEU']}-creditmemos", memo.issued)
    disputes.sort(key=lambda dispute: (dispute.opened_at, dispute.invoice.number))
    for index, dispute in enumerate(disputes):
        dispute.dispute_id = f"DSP-{30_001 + index}"


def _cause(invoice: Invoice) -> tuple[str, str, str] | None:
    """Return why an invoice comes back and where that must be put right: what is wrong in our records, or a slip."""
    charge = invoice.charge
    if charge is None or invoice.origin == "opening":
        return None
    for defect in (defect for each in invoice.charges for defect in each.defects):
        was_right = defect.cause == "PRICE_DIFFERS_FROM_ORDER" and invoice.lines is not charge.lines_before
        if defect.stood_on(invoice.issued) and not was_right:
            return defect.cause, defect.system, defect.field
    if "missing_po" in invoice.faults and charge.po_number:
        return "MISSING_PO", "quickbooks", "PONumber"
    if "wrong_price" in invoice.faults:
        return "PRICE_DIFFERS_FROM_ORDER", "quickbooks", "UnitPrice"
    if "missing_billing_reference" in invoice.faults:
        return "MISSING_REFERENCE", "quickbooks", "BillingReference"
    return None


def _was_foreseeable(invoice: Invoice, reason: str) -> bool:
    """Return whether our files showed the cause when the invoice was made, or when it could first have been drafted."""
    charge = invoice.charge
    if charge is None or invoice.origin != "accounting":
        return False
    day = max(invoice.issued, charge.known)
    return any(defect.cause == reason and defect.was_seen_on(day) for defect in charge.defects)


def _unforeseen(invoice: Invoice, reason: str) -> tuple[str, str, str]:
    is_order = invoice.charge is not None and invoice.charge.order is not None
    if reason == "WRONG_PO" and invoice.kind == "deal":
        return reason, "hubspot", "po_number"
    if reason == "WRONG_PO":
        return reason, "shop" if is_order else "contracts", "po_number"
    if reason == "WRONG_RECIPIENT":
        return reason, "hubspot", "billing_email"
    return reason, "quickbooks", "BillingReference"


def _dispute(
    scale: Scale, rng: Random, invoice: Invoice, seen: date, memos: list[CreditMemo], disputes: list[Dispute]
) -> None:
    """Open a dispute; when it is resolved in the customer's favor in Europe, a credit memo follows."""
    is_short = scale.days < 30
    opened = seen + rng.randint(1, 4 if is_short else 12) * DAY
    resolved = next_working_day(opened + rng.randint(2, 6 if is_short else 40) * DAY)
    invoice.pay_not_before = resolved + rng.randint(3, 15) * DAY
    if opened > scale.last_activity:
        return
    invoice.is_disputed = True
    share = Decimal(rng.choice(("1", "0.5", "0.25", "0.1", "0.1")))
    outcome = rng.choice(("credit_granted", "credit_granted", "rejected", "explained"))
    currency = invoice.customer.currency
    net = round_to_minor_unit(invoice.net * share, currency)
    tax = tax_amount([net], TAX_RATES[invoice.customer.tax_code], currency)
    if share == 1:
        tax = invoice.tax
    is_resolved = resolved <= scale.last_activity
    disputes.append(
        Dispute(
            "",
            invoice,
            rng.choice(DISPUTE_REASONS),
            net + tax,
            at(opened, rng),
            at(resolved, rng, 8, 12) if is_resolved else None,
            outcome if is_resolved else None,
        )
    )
    credited = next_working_day(resolved + rng.randint(0, 3) * DAY)
    if outcome == "credit_granted" and invoice.customer.legal_entity == "MEU" and credited <= scale.last_activity:
        is_linked = rng.random() < 0.9 or share == 1
        memos.append(
            CreditMemo("", invoice, credited, at(credited, rng, 13, 18), net, tax, "dispute settled", is_linked)
        )
        invoice.credited = net + tax
        invoice.credited_on = credited
        invoice.pay_not_before = credited + rng.randint(3, 15) * DAY
