"""Would this draft be sent back? Each check is a question; what fails names the field upstream to put right."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import lru_cache

from stdnum import get_cc_module
from stdnum.us import ein

from assets.invoicing.policy import DraftCheck, InvoicingPolicy
from assets.invoicing.receiving import XRECHNUNG
from assets.invoicing.taxing import TaxRate
from assets.ledger.contracts import Agreement, ContractLine
from assets.ledger.deals import Deal
from assets.ledger.documents import Draft
from assets.ledger.fulfilment import Milestone
from assets.ledger.money import ZERO
from assets.ledger.orders import Order
from assets.ledger.parties import Customer

# What `decimal(18, 3)` holds, less what summing a customer's invoices may add.
LARGEST_AMOUNT = Decimal(10) ** 13


@dataclass(frozen=True, slots=True)
class DraftInQuestion:
    """A draft and everything known today that speaks for or against it."""

    draft: Draft
    business_date: date
    tax: TaxRate | None
    is_entity_known: bool
    is_purchase_order_required: bool
    overlaps: str | None = None
    is_shipped_beyond_order: bool = False
    line: ContractLine | None = None
    order: Order | None = None
    deal: Deal | None = None
    sold_amount: Decimal = ZERO  # net of its lines before anything credited of a replaced invoice is taken off
    agreement: Agreement | None = None
    customer: Customer | None = None
    milestone: Milestone | None = None


def failures_of(asked: DraftInQuestion, policy: InvoicingPolicy) -> tuple[DraftCheck, ...]:
    """Return the blocking checks that fail, gravest first; a draft that fails none may go out."""
    return tuple(
        policy.checks[code] for code, fails in QUESTIONS.items() if code in policy.checks and fails(asked, policy)
    )


def is_currency_unknown(asked: DraftInQuestion, policy: InvoicingPolicy) -> bool:
    """Return whether policy knows nothing of the currency."""
    return asked.draft.currency_code not in policy.currencies


def is_quantity_out_of_range(asked: DraftInQuestion, policy: InvoicingPolicy) -> bool:
    """Return whether something is billed in no or a negative quantity; what is taken off is a line below it."""
    return any(
        line.unit_price < 0
        or line.quantity == 0
        or (line.quantity < 0 and not (line.is_discount or line.is_credited_before))
        for line in asked.draft.lines
    )


def is_amount_out_of_range(asked: DraftInQuestion, policy: InvoicingPolicy) -> bool:
    """Return whether the total is below zero or larger than any that can be held."""
    return not asked.draft.lines or not 0 <= asked.draft.total_amount < LARGEST_AMOUNT


def is_entity_unknown(asked: DraftInQuestion, policy: InvoicingPolicy) -> bool:
    """Return whether the charge belongs to no legal entity of ours."""
    return not asked.is_entity_known


def is_agreement_unknown(asked: DraftInQuestion, policy: InvoicingPolicy) -> bool:
    """Return whether nobody knows the customer or the terms."""
    return asked.draft.due_days is None or asked.draft.customer_key is None


def is_purchase_order_missing(asked: DraftInQuestion, policy: InvoicingPolicy) -> bool:
    """Return whether a purchase order number is asked for and none is known."""
    return asked.is_purchase_order_required and not asked.draft.purchase_order_number


def is_tax_code_unknown(asked: DraftInQuestion, policy: InvoicingPolicy) -> bool:
    """Return whether the entity has no rate for the tax code."""
    return asked.tax is None


def is_purchase_order_closed(asked: DraftInQuestion, policy: InvoicingPolicy) -> bool:
    """Return whether the purchase order had run out before today."""
    source = asked.line or asked.agreement
    valid_until = source.purchase_order_valid_until if source is not None else None
    return bool(asked.draft.purchase_order_number) and valid_until is not None and valid_until < asked.business_date


def do_terms_differ(asked: DraftInQuestion, policy: InvoicingPolicy) -> bool:
    """Return whether the buyer ordered on other terms than the invoice would carry."""
    sold = asked.order or asked.deal
    ordered = sold.terms_code if sold is not None else None
    return bool(ordered) and bool(asked.draft.terms_code) and ordered != asked.draft.terms_code


def does_price_differ(asked: DraftInQuestion, policy: InvoicingPolicy) -> bool:
    """Return whether a line is not at the price agreed with the customer, or a deal's lines are not its amount."""
    if asked.deal is not None and asked.deal.amount is not None and asked.deal.amount != asked.sold_amount:
        return True
    is_sold = asked.order is not None or asked.deal is not None
    agreed = dict(asked.agreement.agreed_prices) if asked.agreement is not None and is_sold else {}
    return any(agreed.get(line.product_id or "", line.unit_price) != line.unit_price for line in asked.draft.lines)


def is_more_than_ordered(asked: DraftInQuestion, policy: InvoicingPolicy) -> bool:
    """Return whether the shipment takes a line of its order beyond what was ordered."""
    return asked.is_shipped_beyond_order


def is_attachment_missing(asked: DraftInQuestion, policy: InvoicingPolicy) -> bool:
    """Return whether the contract wants something attached to a milestone's invoice that is not there."""
    wanted = asked.line.required_attachments if asked.line is not None and asked.milestone is not None else ()
    return bool(set(wanted) - set(asked.milestone.attachments if asked.milestone is not None else ()))


def is_contact_undeliverable(asked: DraftInQuestion, policy: InvoicingPolicy) -> bool:
    """Return whether no address for the invoice is known or mail to it comes back."""
    return asked.customer is not None and not (asked.customer.billing_email and asked.customer.is_billing_email_valid)


def is_tax_id_invalid(asked: DraftInQuestion, policy: InvoicingPolicy) -> bool:
    """Return whether the customer's tax number cannot be one of its country, or is missing where tax rests on it."""
    if asked.customer is None:
        return False
    if not asked.customer.tax_id:
        return asked.tax is not None and asked.tax.requires_tax_id
    return not is_tax_id_valid(asked.customer.country_code or "", asked.customer.tax_id)


def is_address_incomplete(asked: DraftInQuestion, policy: InvoicingPolicy) -> bool:
    """Return whether a part of the customer's address is missing."""
    customer = asked.customer
    return customer is not None and not (
        customer.address_line and customer.city and customer.postal_code and customer.country_code
    )


def is_buyer_reference_missing(asked: DraftInQuestion, policy: InvoicingPolicy) -> bool:
    """Return whether a German public buyer would have to route the invoice without its own reference (BR-DE-15)."""
    return asked.draft.document_format == XRECHNUNG and not asked.draft.buyer_reference


def is_period_billed(asked: DraftInQuestion, policy: InvoicingPolicy) -> bool:
    """Return whether days of the period are billed under another charge of the line."""
    return asked.overlaps is not None


@lru_cache(maxsize=65_536)
def is_tax_id_valid(country_code: str, tax_id: str) -> bool:
    """Return whether a number has the form and check digits of a country's; of a country unknown here it passes."""
    if country_code == "US":
        digits = tax_id.replace("-", "")
        return bool(ein.is_valid(f"{digits[:2]}-{digits[2:]}"))
    module = get_cc_module(country_code.lower(), "vat") if len(country_code) == 2 else None
    return module is None or bool(module.is_valid(tax_id))


QUESTIONS: dict[str, Callable[[DraftInQuestion, InvoicingPolicy], bool]] = {
    "CURRENCY_KNOWN": is_currency_unknown,
    "QUANTITY_IN_RANGE": is_quantity_out_of_range,
    "AMOUNT_IN_RANGE": is_amount_out_of_range,
    "ENTITY_KNOWN": is_entity_unknown,
    "AGREEMENT_KNOWN": is_agreement_unknown,
    "PO_PRESENT": is_purchase_order_missing,
    "TAX_CODE_KNOWN": is_tax_code_unknown,
    "PO_OPEN": is_purchase_order_closed,
    "TERMS_AGREE": do_terms_differ,
    "PRICE_AGREES": does_price_differ,
    "QUANTITY_ORDERED": is_more_than_ordered,
    "ATTACHMENTS_PRESENT": is_attachment_missing,
    "CONTACT_DELIVERABLE": is_contact_undeliverable,
    "TAX_ID_VALID": is_tax_id_invalid,
    "ADDRESS_COMPLETE": is_address_incomplete,
    "BUYER_REFERENCE_PRESENT": is_buyer_reference_missing,
    "PERIOD_NOT_BILLED": is_period_billed,
}
