"""What customers and platforms object to: disputes and rejected invoices."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal


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


@dataclass(frozen=True, slots=True)
class Rejection:
    """A platform or the buyer sent an invoice back."""

    rejection_key: str
    document_number: str
    rejection_status: str  # rejected_by_platform | refused_by_buyer
    reason_code: str | None
    field_name: str | None
    known_date: date
