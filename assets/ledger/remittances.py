"""What a customer says a payment is for."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class RemittanceLine:
    """One line of a remittance: a document and, if stated, the amount meant for it."""

    remittance_line_key: str
    source: str  # bank: inside the bank entry | message: sent apart
    receipt_key: str | None  # set when it came inside the bank entry
    message_id: str | None
    line_number: int
    payer_name: str | None
    payer_email: str | None
    payment_reference: str | None
    document_number: str | None
    amount: Decimal | None
    currency_code: str | None
    sent_date: date | None
    known_date: date
    deduction_reason: str | None = None  # why less is paid than billed, in the payer's words
