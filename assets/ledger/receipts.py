"""Money that reached us, and what was done with it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from assets.ledger.errors import PermanentError
from assets.ledger.money import from_minor


class NotAReceiptError(PermanentError):
    """Something that is not money received was called a receipt."""

    def __init__(self, receipt_id: str, amount_minor: int) -> None:
        self.receipt_id = receipt_id
        self.amount_minor = amount_minor
        super().__init__(
            f"Cannot take `{receipt_id}` as a receipt: it holds {amount_minor} minor units and must hold more than 0. "
            "Debits and returns are bank entries, not receipts; look at its direction in raw.bank__entries."
        )


@dataclass(frozen=True, slots=True)
class Receipt:
    """One amount of money that reached us: a credit entry of a bank statement, or an unbanked payment."""

    receipt_key: str
    receipt_id: str
    legal_entity_id: str
    bank_account: str | None
    value_date: date
    currency_code: str
    amount_minor: int
    payer_name: str | None
    payer_account: str | None
    end_to_end_id: str | None
    remittance_text: str | None
    customer_key: str | None  # only when the source itself names the customer
    is_unbanked: bool
    known_date: date
    is_returned: bool = False
    returned_known_date: date | None = None
    credited_account: str | None = None  # of ours, a virtual one where the bank names it, else the statement's

    def __post_init__(self) -> None:
        if self.amount_minor <= 0:
            raise NotAReceiptError(self.receipt_id, self.amount_minor)

    @property
    def receipt_amount(self) -> Decimal:
        """Return the amount received."""
        return from_minor(self.amount_minor, self.currency_code)


@dataclass(frozen=True, slots=True)
class Application:
    """A part of a receipt assigned to an open item."""

    receipt_key: str
    document_key: str
    document_number: str
    applied_minor: int
    currency_code: str

    @property
    def applied_amount(self) -> Decimal:
        """Return the amount applied."""
        return from_minor(self.applied_minor, self.currency_code)


@dataclass(frozen=True, slots=True)
class PaidDifference:
    """What a payer left unpaid of a document, of a known kind; it closes the document or stays owed."""

    receipt_key: str
    document_key: str
    kind: str
    minor: int
    clears: bool


@dataclass(frozen=True, slots=True)
class MatchRefusal:
    """A person's word that a receipt does not pay these documents, or is not even from their customers."""

    document_keys: frozenset[str]
    is_wrong_customer: bool = False


@dataclass(frozen=True, slots=True)
class SourceApplication:
    """An application that another system made and told us of, e.g. accounting's link of an unbanked payment."""

    application_key: str
    receipt_key: str
    document_key: str
    applied_minor: int
    known_date: date


@dataclass(frozen=True, slots=True)
class BankStatement:
    """A bank account is known up to this day."""

    legal_entity_id: str
    bank_account: str
    to_date: date
    known_date: date
