"""What customers and platforms object to: disputes and rejected invoices, and which invoice each is about."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from assets.ledger.documents import Document
from assets.ledger.parties import Customer


@dataclass(frozen=True, slots=True)
class Dispute:
    """A customer contests a document; it stops reminders from the day it is known until it is known resolved."""

    dispute_key: str
    dispute_id: str
    document_number: str
    customer_key: str | None
    reason_code: str | None
    disputed_amount: Decimal | None
    currency_code: str | None
    opened_date: date
    known_date: date
    resolved_known_date: date | None = None
    document_date: date | None = None
    customer_email: str | None = None
    legal_entity_id: str | None = None

    @property
    def objected_date(self) -> date:
        """Return the day the customer spoke up."""
        return self.opened_date

    def is_open(self, on: date | None) -> bool:
        """Return whether it is not yet known to be resolved on a day."""
        return self.resolved_known_date is None or (on is not None and self.resolved_known_date > on)


@dataclass(frozen=True, slots=True)
class Rejection:
    """A platform or the buyer sent an invoice back."""

    rejection_key: str
    document_number: str
    rejection_status: str  # rejected_by_platform | refused_by_buyer
    reason_code: str | None
    field_name: str | None
    known_date: date
    document_date: date | None = None
    responded_date: date | None = None
    legal_entity_id: str | None = None

    @property
    def objected_date(self) -> date | None:
        """Return the day of the answer."""
        return self.responded_date


def invoices_meant(
    objection: Dispute | Rejection, of_its_number: Sequence[Document], customers: Mapping[str, Customer]
) -> list[Document]:
    """Return the invoices an objection is about: of its number and company, the ones that fit best what else it says.

    A number is unique within one legal entity only. Where it names no company and nothing tells two apart,
    both are meant (D-36).
    """
    invoices = [
        document
        for document in of_its_number
        if document.document_type == "invoice" and objection.legal_entity_id in (None, document.legal_entity_id)
    ]
    if len(invoices) < 2:
        return invoices
    differences = [_differences(objection, invoice, customers.get(invoice.customer_key or "")) for invoice in invoices]
    return [invoice for invoice, count in zip(invoices, differences, strict=True) if count == min(differences)]


def _differences(objection: Dispute | Rejection, invoice: Document, customer: Customer | None) -> int:
    """Count what the objection says otherwise than the invoice; int_objections_matched_to_invoices counts the same."""
    email = customer.billing_email if customer is not None else None
    objected_date = objection.objected_date
    found = [
        objection.document_date is not None and objection.document_date != invoice.document_date,
        objected_date is not None and objected_date < invoice.document_date,
    ]
    if isinstance(objection, Dispute):  # an answer of a network names neither currency nor address
        said, from_email = objection.currency_code, objection.customer_email
        found.append(said is not None and said != invoice.currency_code)
        found.append(from_email is not None and email is not None and from_email != email.lower())
    return sum(found)
